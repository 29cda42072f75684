import { scratchVariables, sessionPrefix } from '../session-contract.ts'
import { check } from './schema.ts'

/** Read-only in bash, or kept by a shell for itself: exporting it ends the script, or does nothing. */
const shellNames = /^(?:_|BASHOPTS|BASH_VERSINFO|EUID|IFS|LINENO|OPTIND|PPID|SHELLOPTS|UID)$/

const scratch = new Set<string>(scratchVariables)

/** Refuses names that a script cannot export without breaking what runs it. */
export const shellEnvSchema = check<Readonly<Record<string, string>>>((input) => {
  const value = input as Readonly<Record<string, string>>
  const issues = Object.keys(value).flatMap((name) => {
    if (name.startsWith(sessionPrefix) || scratch.has(name))
      return [{ message: 'the shell that runs the steps keeps this name for itself; take another', path: [name] }]
    return shellNames.test(name) ? [{ message: 'shells keep this name for themselves', path: [name] }] : []
  })
  return issues.length ? { issues } : { value }
})
