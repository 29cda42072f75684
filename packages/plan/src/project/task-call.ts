import type { Problem } from '@dragonfab/core'

/**
 * A task with its arguments, on the command line, in a sequence, as a hook or in `afterFailure`. An argument is a value or `name=value`.
 * {@link bindArguments} finds out which value belongs to which name.
 */
export interface TaskCall {
  readonly task: string
  readonly args: readonly string[]
}

/**
 * Splits at the first `:` and then at commas. A backslash keeps a comma (`\,`) or a backslash (`\\`) as it is, as in Fabric.
 * `rollback:` has one empty argument, `rollback` none.
 */
export function parseTaskCall(text: string): TaskCall {
  const colon = text.indexOf(':')
  if (colon < 0) return { task: text, args: [] }
  const args: string[] = ['']
  for (const [piece] of text.slice(colon + 1).matchAll(/\\[\\,]|./gsu)) {
    if (piece === ',') args.push('')
    else args[args.length - 1] += piece.length === 2 && piece.startsWith('\\') ? piece.slice(1) : piece
  }
  return { task: text.slice(0, colon), args }
}

/** The inverse of {@link parseTaskCall}. */
export function formatTaskCall({ task, args }: TaskCall): string {
  if (!args.length) return task
  return `${task}:${args.map((arg) => arg.replace(/[\\,]/g, '\\$&')).join(',')}`
}

/** The names of arguments, without the `?` of those that may be left out. */
export function plainNames(names: readonly string[]): readonly string[] {
  return names.map((name) => name.replace(/\?$/, ''))
}

/** Values that are not in the call's own text. */
export interface MoreArguments {
  readonly flags?: readonly { readonly name: string; readonly value: string }[]
  /** For the first argument without a value. */
  readonly rest?: string | undefined
}

export interface BoundArguments {
  readonly args: Readonly<Record<string, string>>
  readonly problems: readonly Problem[]
}

/** Assigns arguments to the names that a task or flow declares, and checks them. No other code does this. */
export function bindArguments(
  { task, args: words }: TaskCall,
  names: readonly string[],
  { flags, rest }: MoreArguments = {},
): BoundArguments {
  const plain = plainNames(names)
  const args: Record<string, string> = {}
  const problems: Problem[] = []
  const fail = (message: string, remedy?: string) => void problems.push({ code: 'BAD_ARGUMENTS', message, ...(remedy && { remedy }) })
  const assign = (name: string, value: string): void => {
    if (Object.hasOwn(args, name)) fail(`${task}: ‘${name}’ is given twice`)
    args[name] = value
  }
  const free = [...plain]
  for (const word of words) {
    const equals = word.indexOf('=')
    const named = equals > 0 ? plain.find((name) => name === word.slice(0, equals)) : undefined
    const name = named ?? free[0]
    if (name === undefined) {
      const takes = names.length ? `takes ${names.join(',')}` : 'takes no arguments'
      fail(`${task} ${takes}, so ‘${word}’ is one too many`, 'write \\, for a comma within an argument')
      continue
    }
    assign(name, named === undefined ? word : word.slice(equals + 1))
    if (free.includes(name)) free.splice(free.indexOf(name), 1)
  }
  for (const { name, value } of flags ?? []) if (plain.includes(name)) assign(name, value)
  const open = plain.find((name) => !Object.hasOwn(args, name))
  if (rest !== undefined && open !== undefined && rest.trim()) args[open] = rest
  else if (rest !== undefined)
    fail(open === undefined ? `${task} takes no words after --` : 'there are no words after --', open && `write ${task} -- <${open}>`)
  for (const name of names.filter((each) => !each.endsWith('?') && !Object.hasOwn(args, each)))
    fail(`${task} needs ‘${name}’`, `write ${task}:${names.join(',')}${flags ? `, or --${name} …` : ''}`)
  return { args, problems }
}

/** A call's arguments as a list: by position, or by name if one is left out or a value looks like `name=value`. */
export function listArguments(args: Readonly<Record<string, string>>, names: readonly string[]): readonly string[] {
  const plain = plainNames(names)
  const given = plain.filter((name) => Object.hasOwn(args, name))
  const isPlain = given.every((name, index) => name === plain[index] && !plain.some((other) => args[name]?.startsWith(`${other}=`)))
  return given.map((name) => (isPlain ? (args[name] ?? '') : `${name}=${args[name]}`))
}
