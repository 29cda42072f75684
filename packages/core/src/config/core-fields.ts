import { scratchVariables, sessionPrefix } from '../session-contract.ts'
import { parseCommandLineText } from './command-line-text.ts'
import { flag, list, table, text, whole } from './fields.ts'
import { check } from './schema.ts'

/** Read-only in bash, or kept by a shell for itself: exporting it ends the script, or does nothing. */
const shellNames = /^(?:_|BASHOPTS|BASH_VERSINFO|EUID|IFS|LINENO|OPTIND|PPID|SHELLOPTS|UID)$/

const scratch = new Set<string>(scratchVariables)

/** Refuses names that a script cannot export without breaking what runs it. */
const shellEnvSchema = check<Readonly<Record<string, string>>>((input) => {
  const value = input as Readonly<Record<string, string>>
  const issues = Object.keys(value).flatMap((name) => {
    if (name.startsWith(sessionPrefix) || scratch.has(name))
      return [{ message: 'the shell that runs the steps keeps this name for itself; take another', path: [name] }]
    return shellNames.test(name) ? [{ message: 'shells keep this name for themselves', path: [name] }] : []
  })
  return issues.length ? { issues } : { value }
})

/** Core's own variables. What names the place (`stage`, `role`, `host`, `hosts`) and `vars` is not declared here: nobody sets it by a layer. */
export const coreFields = {
  appName: text({
    help: 'Name of the application; part of paths on the host',
    required: true,
    pattern: /[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}/,
    expected: 'be letters, digits, "_", "." and "-", at most 100, neither "." nor "-" first',
  }),
  projectName: text({ help: 'Name of the project, where it differs from the application', default: '%(appName)s' }),
  user: text({
    help: 'The user who logs in; by default what ssh_config says, or your own name',
    operand: true,
    fact: 'once a host is selected',
  }),
  sudoUser: text({ help: 'The user who runs the steps, through sudo; the login user by default', operand: true }),
  path: text({
    help: 'Where the application lives on the host; by default www/<appName> in the home directory of the user who runs the steps',
    alias: 'remote_path',
    operand: true,
    default: ({ sudoUser, user, appName }: Readonly<Record<string, unknown>>) => {
      const owner = String(sudoUser ?? user)
      return `${owner === 'root' ? '/root' : `/home/${owner}`}/www/${String(appName)}`
    },
  }),
  stateDir: text({
    help: 'Where lock, journal and history are kept on the host',
    operand: true,
    default: '~/.dragonfab/%(appName)s-%(stage)s',
  }),
  shellEnv: table({
    help: 'Environment variables of every step; `$PATH` in PATH stands for the host’s own',
    keys: /^[A-Za-z_][A-Za-z0-9_]*$/,
    default: {},
    parse: (value: unknown): string => {
      if (typeof value === 'string' || typeof value === 'number') return String(value)
      throw new Error('should be text')
    },
    check: shellEnvSchema,
  }),
  knownHosts: list({ help: 'Files of known host keys, instead of those that ssh_config names', operand: true }),
  strictHostKeys: text({
    help: 'What to do about unknown host keys; unless it is set, what ssh_config says, which is ask where it says nothing',
    choices: ['yes', 'ask', 'accept-new'],
  }),
  identityFiles: list({ help: 'Private keys to log in with, instead of those that ssh_config names; for CI', operand: true }),
  forwardAgent: flag({ help: 'Lend your SSH agent to the host; what ssh_config says by default' }),
  parallel: whole({ help: 'How many hosts work at the same time', min: 1, default: 20 }),
  taskPlugins: table({
    help: 'Which plugins act in a task, by name: release: [git], or * for all tasks that are not named; by default all that are listed',
    default: {},
    parse: (value: string | readonly string[]): readonly string[] => {
      const names = typeof value === 'string' ? parseCommandLineText({ kind: 'list' }, value) : value
      if (Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')) return names as readonly string[]
      throw new Error('should be a list of plugins')
    },
  }),
  lockWait: whole({ help: 'Seconds to wait for a lock that another run holds', min: 0, default: 0 }),
} as const

/** The user who runs the steps, if that is not the user who logs in. */
export function sudoUserOf({ sudoUser, user }: { readonly sudoUser?: string | undefined; readonly user?: string | undefined }) {
  return sudoUser === user ? undefined : sudoUser
}

/** Signals that core itself sends, outside of flows: plugins answer the tasks `check` and `status` with steps on them. */
export const coreSignals = ['check', 'status'] as const
export type CoreSignal = (typeof coreSignals)[number]

/** What names the place of an env: known when a host is selected, never set by a layer. */
export const selectionFields = {
  stage: text({ help: 'The name of the environment', alias: 'env_name', fact: 'once a host is selected' }),
  role: text({ help: 'The name of the role' }),
  host: text({ help: 'The name of the host', fact: 'once a host is selected' }),
  hosts: list({ help: 'The names of all hosts of the environment and role', fact: 'once a host is selected' }),
} as const
