import type { Project } from '@dragonfab/core'
import type { Invocation } from '../arguments/invocation.ts'
import { writeWord } from '../arguments/words.ts'

/**
 * The command line of a run as plans, locks and histories keep it, without its environment: tasks, the choice of hosts, variables. Another run
 * can be made from it (`apply` does), except for secrets, which are left out.
 */
export function commandWords(invocation: Invocation, project: Project): readonly string[] {
  const secret = new Set(project.variables().flatMap(({ name, field }) => (field.kind === 'secretText' ? [name] : [])))
  const flags = [
    ...invocation.roles.map((role) => ['--role', role]),
    ...invocation.hosts.map((host) => ['--host', host]),
    ...invocation.overrides.filter(({ name }) => !secret.has(name)).map(({ name, value }) => ['--set', `${name}=${value}`]),
    ...(invocation.options.noPlugins.length ? [['--no-plugins', invocation.options.noPlugins.join(',')]] : []),
  ]
  const words = invocation.tasks.map(({ name, args }) =>
    writeWord({ name, args: Object.entries(args).map(([key, value]) => `${key}=${value}`) }),
  )
  return [...words, ...flags.flat()]
}
