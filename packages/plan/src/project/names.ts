/** The first words of the command line that are no environments. */
export const commands = ['list', 'apply', 'new', 'help', 'completion'] as const
/** Tasks that every environment has. */
export const builtinTasks = ['deploy', 'check', 'status', 'history', 'env', 'lock', 'unlock'] as const

/** What may stand on a command line before `:` and `,`, and in a path. */
export function badName(name: string): string | undefined {
  if (name !== '__proto__' && /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) && name.length <= 100) return undefined
  return `${JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)} cannot be a name: letters, digits, "_", "." and "-", at most 100, neither "." nor "-" first`
}
