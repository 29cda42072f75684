import { type AnyEnv, type Flow, sh } from '@dragonfab/core'

/** In the order of a release, then of a rollback, of a restart, and of undoing. */
export const signals = [
  'deploy.starting',
  'deploy.started',
  'deploy.updating',
  'deploy.updated',
  'deploy.publishing',
  'deploy.published',
  'deploy.finishing',
  'deploy.finished',
  'deploy.reverting',
  'deploy.reverted',
  'deploy.finishing_rollback',
  'deploy.restarting',
  'deploy.restarted',
  'deploy.failed',
  'release.undoing',
  'release.discarding',
] as const

export type ReleaseSignal = (typeof signals)[number]

/**
 * The switch. Undoing it points `current` to the previous release, and then runs `published` again, because plugins restart programs there,
 * with the live release as `releasePath`. If the first release is undone, there is no `current`, and nothing to restart.
 */
const publishPhase = {
  signals: ['deploy.publishing', 'deploy.published'],
  undo: ['release.undoing', 'deploy.published'],
  live: true,
} as const

const undoRules = {
  failed: ['deploy.failed'],
  undoEnv: { releasePath: (env: AnyEnv) => env.currentPath },
  undoGuards: { 'deploy.published': (env: AnyEnv) => sh`[ -d ${String(env.currentPath)} ]` },
} as const

/** A task that runs as a hook uses the new release, which is not `current` yet. */
export const newReleaseEnv = { currentPath: (env: AnyEnv) => env.releasePath }

const restartFlow = {
  summary: 'Restart the programs',
  phases: [{ signals: ['deploy.restarting', 'deploy.restarted'] }],
  emptyWarning: 'nothing was restarted: add a plugin that restarts your programs, or a hook on deploy.restarting',
  failed: ['deploy.failed'],
} as const

export const flows = {
  release: {
    summary: 'Make a release on every host, then switch all of them to it',
    phases: [
      { signals: ['deploy.starting', 'deploy.started', 'deploy.updating', 'deploy.updated'], undo: ['release.discarding'] },
      publishPhase,
      { signals: ['deploy.finishing', 'deploy.finished'], live: true },
    ],
    ships: true,
    taskEnv: newReleaseEnv,
    ...undoRules,
  },
  rollback: {
    summary: 'Switch every host back to the last known-good release, or to the one that you name',
    args: ['rollbackTo?'],
    phases: [
      { signals: ['deploy.starting', 'deploy.started', 'deploy.reverting', 'deploy.reverted'] },
      publishPhase,
      { signals: ['deploy.finishing_rollback', 'deploy.finished'], live: true },
    ],
    ...undoRules,
  },
  restart: restartFlow,
  // The name that existing projects use for it.
  web_restart: { ...restartFlow, overridable: true },
} as const satisfies Readonly<Record<string, Flow<ReleaseSignal>>>
