const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], blue: [34, 39], cyan: [36, 39] } as const
export type Colour = keyof typeof codes
export type Paint = (colour: Colour, text: string) => string

export const paintPlain: Paint = (_colour, text) => text
export const paintColoured: Paint = (colour, text) => `\x1b[${codes[colour][0]}m${text}\x1b[${codes[colour][1]}m`

type ColourEnvironment = Readonly<Record<string, string | undefined>>

/** Whether to use colours: `FORCE_COLOR` and `NO_COLOR` (no-color.org) decide, else whether a terminal reads it. */
export function wantsColour(isTerminal: boolean, environment: ColourEnvironment): boolean {
  const force = environment.FORCE_COLOR
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  if (environment.NO_COLOR) return false
  return isTerminal && environment.TERM !== 'dumb'
}
