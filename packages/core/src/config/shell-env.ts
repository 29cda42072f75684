import { check } from './schema.ts'

/**
 * Variables that scripts find in the session's shell (@dragonfab/run, session/loop and prelude): one that exported them would lose its marks, its
 * state directory or its secrets.
 */
const sessionNames = /^(?:BROKEN|HOLES|IFS|LIBRARY|N|R|RUN|S\d+|STATE|WHO)$/

/** Read-only in bash, or kept by a shell for itself: exporting it ends the script, or does nothing. */
const shellNames = /^(?:_|BASHOPTS|BASH_VERSINFO|EUID|LINENO|OPTIND|PPID|SHELLOPTS|UID)$/

/** Refuses names that a script cannot export without breaking what runs it. */
export const shellEnvSchema = check<Readonly<Record<string, string>>>((input) => {
  const value = input as Readonly<Record<string, string>>
  const issues = Object.keys(value).flatMap((name) => {
    if (sessionNames.test(name))
      return [{ message: 'the shell that runs the steps keeps this name for itself; take a longer one', path: [name] }]
    return shellNames.test(name) ? [{ message: 'shells keep this name for themselves', path: [name] }] : []
  })
  return issues.length ? { issues } : { value }
})
