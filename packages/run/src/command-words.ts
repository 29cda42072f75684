import { revealedSecrets } from '@dragonfab/core'
import { formatTaskCall, type Project, type Selection, type TaskCall } from '@dragonfab/plan'
import { Mask } from './mask.ts'

/**
 * The command line of a run without its environment, in the form that plans, locks and histories contain: tasks, hosts, variables. `apply`
 * starts a run from it. Secrets are left out.
 */
export function commandWords(calls: readonly TaskCall[], selection: Omit<Selection, 'environment'>, project: Project): readonly string[] {
  const { roles = [], hosts = [], set = {}, excludedPlugins = [] } = selection
  const secret = new Set(project.variables().flatMap(({ name, field }) => (field.kind === 'secretText' ? [name] : [])))
  const flags = [
    ...roles.map((role) => ['--role', role]),
    ...hosts.map((host) => ['--host', host]),
    ...Object.entries(set)
      .filter(([name, value]) => !secret.has(name) && !holdsSecret(value))
      .map(([name, value]) => ['--set', `${name}=${value}`]),
    ...(excludedPlugins.length ? [['--no-plugins', excludedPlugins.join(',')]] : []),
  ]
  return [...calls.map(formatTaskCall), ...flags.flat()]
}

/** Whether a value contains a password: in an address, or found by a plugin (`--curl-options='--user bot:…'`). */
function holdsSecret(value: string): boolean {
  return /:\/\/[^@/:\s]*:[^@/\s]+@/.test(value) || new Mask([], revealedSecrets()).maskText(value) !== value
}
