import { type FlagSpec, findFlag, flagNames } from './flags.ts'
import { createProblem, type ProblemList } from './invocation.ts'
import { type FlagVariable, parseTruth, type VariableFlags } from './variables.ts'

/** One flag of the command line with its value. The value of a switch is a boolean. */
export interface GivenFlag {
  readonly flag: FlagSpec
  readonly value: string | boolean
}

export interface GivenVariable {
  readonly variable: FlagVariable
  readonly value: string
}

export interface UnknownFlag {
  readonly name: string
  readonly value: string | undefined
}

/** A command line split into words and flags. No word has a meaning yet. */
export interface Scan {
  readonly words: readonly string[]
  readonly flags: readonly GivenFlag[]
  readonly variables: readonly GivenVariable[]
  /** Flags that are neither: arguments of tasks (`--command`), or mistakes. */
  readonly unknown: readonly UnknownFlag[]
  /** Positions of words directly after an unknown flag. They may be its value. */
  readonly doubtful: ReadonlySet<number>
  /** The words after `--`. Undefined if there is no `--`. */
  readonly rest: readonly string[] | undefined
}

/**
 * Splits `argv` into words and flags. `taskArgs` are task arguments that can be written as flags: those with a value (`--command C`), and
 * switches. Unknown flags take a value only with `=`.
 */
export function scanWords(
  argv: readonly string[],
  variables: VariableFlags,
  taskArgs: { readonly names: ReadonlySet<string>; readonly switches: ReadonlySet<string> },
  problems: ProblemList,
): Scan {
  const words: string[] = []
  const flags: GivenFlag[] = []
  const given: GivenVariable[] = []
  const unknown: UnknownFlag[] = []
  const doubtful = new Set<number>()
  const queue = [...argv]

  const follow = (written: string): string | undefined => {
    const next = queue[0]
    if (next === undefined || (/^-./.test(next) && !/^-\d/.test(next))) {
      problems.push(
        createProblem(
          'FLAG_VALUE',
          `${written} needs a value`,
          next === undefined ? undefined : `write ${written}=${next} if ${next} is the value`,
        ),
      )
      return undefined
    }
    return queue.shift()
  }

  const takeFlag = (flag: FlagSpec, written: string, inline: string | undefined): void => {
    if (flag.value) {
      const value = inline ?? follow(written)
      if (value !== undefined) flags.push({ flag, value })
    } else if (inline === undefined) flags.push({ flag, value: true })
    else if (parseTruth(inline) !== undefined) flags.push({ flag, value: parseTruth(inline) === true })
    else
      problems.push(
        createProblem('FLAG_VALUE', `${written} takes true or false, not ‘${inline}’`, `leave the value out, or write ${written}=false`),
      )
  }

  const takeLong = (written: string, inline: string | undefined): void => {
    const builtin = findFlag(written)
    if (builtin) {
      takeFlag(builtin, written, inline)
      return
    }
    const name = written.slice(2)
    if (taskArgs.switches.has(name)) {
      if (inline !== undefined && parseTruth(inline) === undefined)
        problems.push(
          createProblem(
            'FLAG_VALUE',
            `${written} takes true or false, not ‘${inline}’`,
            `to set the variable, write --set ${name}=${inline}`,
          ),
        )
      else if (inline === undefined || parseTruth(inline)) unknown.push({ name, value: 'true' })
      return
    }
    const found = variables.find(name)
    if (found.length > 1) {
      const names = found.map((each) => each.name)
      problems.push(createProblem('FLAG_AMBIGUOUS', `${written} can mean ${names.join(' or ')}`, `write --set ${names[0]}=…`))
      return
    }
    const variable = found[0]
    if (variable?.kind === 'flag') {
      const next = queue[0]
      const value = inline ?? (next === 'true' || next === 'false' ? queue.shift() : undefined) ?? 'true'
      given.push({ variable, value })
      return
    }
    if (variable) {
      const value = inline ?? follow(written)
      if (value !== undefined) given.push({ variable, value })
      return
    }
    if (taskArgs.names.has(name)) {
      const value = inline ?? follow(written)
      if (value !== undefined) unknown.push({ name, value })
      return
    }
    const positive = /^no[-_]/.test(name) && inline === undefined ? name.slice(3) : undefined
    const off = positive === undefined ? undefined : findFlag(`--${positive}`)
    if (off && !off.value) flags.push({ flag: off, value: false })
    else {
      const negated = positive === undefined ? undefined : variables.find(positive).find((each) => each.kind === 'flag')
      if (negated) given.push({ variable: negated, value: 'false' })
      else {
        unknown.push({ name, value: inline })
        if (inline === undefined) doubtful.add(words.length)
      }
    }
  }

  /** `-v`, `-vy`, `-s production`, `-sproduction`, `-s=production`. */
  const takeShort = (written: string): void => {
    for (let at = 1; at < written.length; at++) {
      const one = `-${written[at]}`
      const flag = findFlag(one)
      if (!flag) {
        problems.push(
          createProblem('UNKNOWN_FLAG', `there is no flag ${one}${written.length > 2 ? ` (in ${written})` : ''}`, 'see dragonfab --help'),
        )
        return
      }
      if (!flag.value) {
        flags.push({ flag, value: true })
        continue
      }
      const inline = written.slice(at + 1)
      takeFlag(flag, one, inline === '' ? undefined : inline.replace(/^=/, ''))
      return
    }
  }

  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (next === '--') return { words, flags, variables: given, unknown, doubtful, rest: queue }
    const equals = next.indexOf('=')
    if (next.startsWith('--')) takeLong(equals < 0 ? next : next.slice(0, equals), equals < 0 ? undefined : next.slice(equals + 1))
    else if (/^-./.test(next)) takeShort(next)
    else words.push(next)
  }
  return { words, flags, variables: given, unknown, doubtful, rest: undefined }
}

/** All flags, to suggest one for an unknown flag. */
export function knownFlags(variables: VariableFlags): readonly string[] {
  return [...flagNames, ...variables.names().map((name) => `--${name}`)]
}
