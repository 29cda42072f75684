/**
 * The names that the shell of a session shares with the scripts in it. Shell text spells them out: a test compares every package's text with
 * these lists. What core itself refuses or writes (scratch variables, functions, the prefixes) is in its session-contract.ts.
 */
export { scratchVariables, sessionFunctions, sessionPrefix } from '@dragonfab/core'

/**
 * Plugins may read DF_R (the run's id), DF_RUN (its directory), DF_STATE (the state directory) and DF_WHO (JSON for a history). None is
 * exported.
 */
export const sessionVariables = [
  ...(['DF_R', 'DF_RUN', 'DF_STATE', 'DF_WHO', 'DF_HOLES', 'DF_INPUT', 'DF_RESULT', 'DF_FAILED'] as const),
  ...(['DF_LOCKED', 'DF_OWNER', 'DF_ANYWAY', 'DF_LIBRARY', 'DF_BROKEN', 'DF_BEAT', 'DF_WATCH'] as const),
  ...(['DF_NONCE', 'DF_NEWLINE', 'DF_TEXT', 'DF_GROUP', 'DF_STARTERS'] as const),
] as const

/** What the session writes between the bytes of the steps. */
export const sessionMarks = ['ready', 'begin', 'finish', 'tell', 'left', 'broken', 'stopped', 'gone', 'done'] as const

/** In a step, it gives up the run's lock while the step goes on. */
export const unlockCall = 'mark tell unlock'

/** Open files of the session: the lock, and the shared one of other users' sessions. */
export const sessionDescriptors = { lock: 9, others: 8 } as const
