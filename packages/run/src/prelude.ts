import { quote, reveal, type Secret } from '@dragonfab/core'
import type { PlannedHost } from '@dragonfab/plan'

/** The person and process behind this run, for the lock and the history. */
export interface Actor {
  readonly owner: string
  readonly machine: string
  readonly pid: number
}

/** Quotes a path; `~/` at its start becomes the login user's home: `"$HOME"/…`. */
export function quoteHomePath(path: string): string {
  return path.startsWith('~/') ? `"$HOME"/${quote(path.slice(2))}` : quote(path)
}

/**
 * The variables that scripts find in a session: `DF_R` the run's id, `DF_STATE` the state directory, `DF_RUN` the run's own directory,
 * `DF_WHO` a piece of JSON for the history, `DF_S1` … the secrets. None is exported, so none is in the environment of a process.
 * `DF_HOLES` contains the assignments of the secrets, for text that another shell evaluates.
 */
export function buildPrelude(
  host: Pick<PlannedHost, 'stateDir'>,
  run: string,
  actor: Actor,
  secrets: ReadonlyMap<string, Secret>,
  state?: string,
): string {
  const who = JSON.stringify({ who: actor.owner, machine: actor.machine }).slice(1, -1)
  return [
    `DF_R=${quote(run)}`,
    `DF_STATE=${state === undefined ? quoteHomePath(host.stateDir) : quote(state)}`,
    'DF_RUN=$DF_STATE/run/$DF_R',
    `DF_WHO=${quote(who)}`,
    assignSecrets(secrets),
  ].join('\n')
}

/** The assignments of secrets, and of `DF_HOLES`. */
export function assignSecrets(secrets: ReadonlyMap<string, Secret>): string {
  return addHoles([...secrets].map(([name, secret]) => `${name}=${quote(reveal(secret))}`).join('\n'))
}

/** Adds the assignment of `DF_HOLES`, which contains the text of the other assignments. */
export function addHoles(assignments: string): string {
  return assignments ? `${assignments}\nDF_HOLES=${quote(assignments)}` : 'DF_HOLES='
}
