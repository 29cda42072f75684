/**
 * The names of a session's shell that nobody else may take: `shellEnv` and `shellFunction` refuse them, and the planner writes secrets'
 * variables. The whole contract, of which these are a part, is session-contract.ts of @dragonfab/run.
 */

/** Every variable that outlives a line of the session begins with it, so that none is a project's own. */
export const sessionPrefix = 'DF_'

/** A secret's variable is this and a number. */
export const secretPrefix = 'DF_S'

/** What the session's own code uses for a few lines. Exported, they would go to every program that it starts. */
export const scratchVariables = [...'bcehijlmnopqrstuxz', 'me', 'rc'] as const

/** What the session defines. Plugins' functions have their plugin's name as a prefix, so only names with an underscore could meet. */
export const sessionFunctions = [
  ...(['mark', 'begin', 'finish', 'enter', 'survive', 'main', 'members', 'left', 'drain', 'watch'] as const),
  ...(['try_lock', 'write_lock', 'others_gone', 'taken'] as const),
] as const
