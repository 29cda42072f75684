/**
 * The names that the shell of a session shares with the scripts in it: what sets them (@dragonfab/run), what writes the scripts
 * (@dragonfab/plan) and plugins agree here. Shell text spells the names out; a test of @dragonfab/run compares it with these lists.
 */

/** Every variable that outlives a line of the session begins with it, so that none is a project's own. */
export const sessionPrefix = 'DF_'

/** A secret's variable is this and a number. */
export const secretPrefix = 'DF_S'

/** Plugins may read R (the run's id), RUN (its directory), STATE (the state directory) and WHO (JSON for a history). None is exported. */
export const sessionVariables = [
  ...(['DF_R', 'DF_RUN', 'DF_STATE', 'DF_WHO', 'DF_HOLES', 'DF_INPUT', 'DF_RESULT', 'DF_FAILED'] as const),
  ...(['DF_LOCKED', 'DF_OWNER', 'DF_ANYWAY', 'DF_LIBRARY', 'DF_BROKEN', 'DF_BEAT', 'DF_WATCH'] as const),
  ...(['DF_NONCE', 'DF_NEWLINE', 'DF_TEXT', 'DF_GROUP', 'DF_STARTERS'] as const),
] as const

/** What the session's own code uses for a few lines. Exported, they would go to every program that it starts. */
export const scratchVariables = [...'bcehijlmnopqrstuxz', 'me', 'rc'] as const

export const sessionFunctions = [
  ...(['mark', 'begin', 'finish', 'enter', 'survive', 'main', 'members', 'left', 'drain', 'watch'] as const),
  ...(['try_lock', 'write_lock', 'others_gone', 'taken'] as const),
] as const

/** What the session tells between the bytes of the steps. */
export const sessionMarks = ['ready', 'begin', 'finish', 'tell', 'left', 'broken', 'stopped', 'gone', 'done'] as const

/** Asks, in a step, for the run's lock to be given up while the step goes on. */
export const unlockCall = 'mark tell unlock'

/** Open files of the session: the lock, and the shared one of other users' sessions. */
export const sessionDescriptors = { lock: 9, others: 8 } as const
