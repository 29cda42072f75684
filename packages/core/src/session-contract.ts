/**
 * The names that a session's shell keeps for itself. `shellEnv` and `shellFunction` refuse them, and the planner names secrets' variables.
 *
 * This is the part that core needs. The whole contract is session-contract.ts of @dragonfab/run.
 */

/** The prefix of every variable that the session keeps, so that projects can use all other names. */
export const sessionPrefix = 'DF_'

/** The name of a secret's variable is this prefix and a number. */
export const secretPrefix = 'DF_S'

/** Variables that the session's own code uses for a few lines. If `shellEnv` exported them, every program would see the session's values. */
export const scratchVariables = [...'bcehijlmnopqrstuxz', 'me', 'rc'] as const

/** The functions that the session defines. A plugin's functions begin with its name and an underscore, so few of these could clash. */
export const sessionFunctions = [
  ...(['mark', 'begin', 'finish', 'enter', 'survive', 'main', 'members', 'left', 'drain', 'watch'] as const),
  ...(['try_lock', 'write_lock', 'others_gone', 'taken'] as const),
] as const
