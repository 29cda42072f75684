/**
 * The names that the shell of a session shares with the scripts in it. Shell text spells them out, and a test compares every package's text
 * with these lists. The names that core itself refuses or writes (scratch variables, functions, prefixes) are in core's session-contract.ts.
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

/** The marks that the session writes between the output of steps. */
export const sessionMarks = ['ready', 'begin', 'finish', 'tell', 'left', 'broken', 'stopped', 'gone', 'done'] as const

/** In a step, this call releases the run's lock while the step continues. */
export const unlockCall = 'mark tell unlock'

/** The session's file descriptors: the lock, and the lock that other users' sessions share. */
export const sessionDescriptors = { lock: 9, others: 8 } as const
