import { revealedSecrets } from '@dragonfab/core'
import { formatTaskCall, listArguments, type Project, type Selection } from '@dragonfab/plan'
import { Mask } from '@dragonfab/run'
import type { CommandLine, Vocabulary } from '../arguments/invocation.ts'

/** The parts of an invocation that choose its hosts. */
export type HostChoice = Pick<CommandLine, 'roles' | 'hosts' | 'overrides'> & {
  readonly options: Pick<CommandLine['options'], 'noPlugins'>
}

/** The choice of hosts in the form that planning needs. */
export function selectionOf({ roles, hosts, overrides, options }: HostChoice): Omit<Selection, 'environment'> {
  const set = Object.fromEntries(overrides.map(({ name, value }) => [name, value]))
  return { roles, hosts, set, excludedPlugins: options.noPlugins }
}

/**
 * The command line of a run without its environment, in the form that plans, locks and histories contain: tasks, hosts, variables. `apply`
 * starts a run from it. Secrets are left out.
 */
export function commandWords(invocation: CommandLine, project: Project, vocabulary: Vocabulary): readonly string[] {
  const secret = new Set(project.variables().flatMap(({ name, field }) => (field.kind === 'secretText' ? [name] : [])))
  const flags = [
    ...invocation.roles.map((role) => ['--role', role]),
    ...invocation.hosts.map((host) => ['--host', host]),
    ...invocation.overrides
      .filter(({ name, value }) => !secret.has(name) && !holdsSecret(value))
      .map(({ name, value }) => ['--set', `${name}=${value}`]),
    ...(invocation.options.noPlugins.length ? [['--no-plugins', invocation.options.noPlugins.join(',')]] : []),
  ]
  const tasks = invocation.tasks.map(({ name, args }) =>
    formatTaskCall({ task: name, args: listArguments(args, vocabulary.tasks.get(name) ?? []) }),
  )
  return [...tasks, ...flags.flat()]
}

/** Whether a value contains a password: in an address, or found by a plugin (`--curl-options='--user bot:…'`). */
function holdsSecret(value: string): boolean {
  return /:\/\/[^@/:\s]*:[^@/\s]+@/.test(value) || new Mask([], revealedSecrets()).maskText(value) !== value
}
