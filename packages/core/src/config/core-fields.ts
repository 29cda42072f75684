import { scratchVariables, sessionPrefix } from '../session-contract.ts'
import { parseCommandLineText } from './command-line-text.ts'
import { flag, list, table, text, whole } from './fields.ts'
import { check } from './schema.ts'

/** Read-only in bash, or set by the shell itself: exporting one ends the script or has no effect. */
const shellNames = /^(?:_|BASHOPTS|BASH_VERSINFO|EUID|IFS|LINENO|OPTIND|PPID|SHELLOPTS|UID)$/

const scratch = new Set<string>(scratchVariables)

/** Refuses names that a script cannot export without breaking the session. */
const shellEnvSchema = check<Readonly<Record<string, string>>>((input) => {
  const value = input as Readonly<Record<string, string>>
  const issues = Object.keys(value).flatMap((name) => {
    if (name.startsWith(sessionPrefix) || scratch.has(name))
      return [{ message: 'the shell that runs the steps uses this name itself; choose another', path: [name] }]
    return shellNames.test(name) ? [{ message: 'shells use this name themselves', path: [name] }] : []
  })
  return issues.length ? { issues } : { value }
})

/** Core's own variables that layers set. `stage`, `role`, `host` and `hosts` are below; `vars` are the project's. */
export const coreFields = {
  appName: text({
    help: 'Name of the application; part of paths on the host',
    required: true,
    pattern: /[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}/,
    expected: 'be at most 100 letters, digits, "_", "." or "-", and begin with a letter, a digit or "_"',
  }),
  projectName: text({ help: 'Name of the project, if it is not the name of the application', default: '%(appName)s' }),
  user: text({
    help: 'The user who logs in; by default the one in ssh_config, or your own name',
    operand: true,
    fact: 'once a host is selected',
  }),
  sudoUser: text({ help: 'The user who runs the steps, through sudo; the login user by default', operand: true }),
  path: text({
    help: 'The application’s directory on the host; by default www/<appName> in the home directory of the user who runs the steps',
    alias: 'remote_path',
    operand: true,
    default: ({ sudoUser, user, appName }: Readonly<Record<string, unknown>>) => {
      const owner = String(sudoUser ?? user)
      return `${owner === 'root' ? '/root' : `/home/${owner}`}/www/${String(appName)}`
    },
  }),
  stateDir: text({
    help: 'The directory of the lock, journal and history on the host',
    operand: true,
    default: '~/.dragonfab/%(appName)s-%(stage)s',
  }),
  shellEnv: table({
    help: 'Environment variables of every step; `$PATH` in PATH is the host’s own PATH',
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
    help: 'What to do about unknown host keys; by default what ssh_config says, or ask',
    choices: ['yes', 'ask', 'accept-new'],
  }),
  identityFiles: list({ help: 'Private keys to log in with, instead of those that ssh_config names; for CI', operand: true }),
  forwardAgent: flag({ help: 'Forward your SSH agent to the host; by default what ssh_config says' }),
  parallel: whole({ help: 'The number of hosts that work at the same time', min: 1, default: 20 }),
  taskPlugins: table({
    help: 'The plugins that act in a task, by the task’s name (release: [git]); * is for all other tasks; by default all plugins act',
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

/** Core's own signals, which belong to no plugin's flow: plugins add steps to the tasks `check` and `status` with hooks on them. */
export const coreSignals = ['check', 'status'] as const
export type CoreSignal = (typeof coreSignals)[number]

/** What an env is for. Known when a host is selected, and never set by a layer. */
export const selectionFields = {
  stage: text({ help: 'The name of the environment', alias: 'env_name', fact: 'once a host is selected' }),
  role: text({ help: 'The name of the role' }),
  host: text({ help: 'The name of the host', fact: 'once a host is selected' }),
  hosts: list({ help: 'The names of all hosts of the environment and role', fact: 'once a host is selected' }),
} as const
