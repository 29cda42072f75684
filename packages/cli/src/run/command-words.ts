import { revealedSecrets } from '@dragonfab/core'
import { formatTaskCall, listArguments, type Project } from '@dragonfab/plan'
import { Mask } from '@dragonfab/run'
import type { CommandLine, Vocabulary } from '../arguments/invocation.ts'

/**
 * The command line of a run as plans, locks and histories keep it, without its environment: tasks, the choice of hosts, variables. Another run
 * can be made from it (`apply` does), except for secrets, which are left out.
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

/** A password in an address, and what a plugin found to be one in a text of its own (`--curl-options='--user bot:…'`). */
function holdsSecret(value: string): boolean {
  return /:\/\/[^@/:\s]*:[^@/\s]+@/.test(value) || new Mask([], revealedSecrets()).maskText(value) !== value
}
