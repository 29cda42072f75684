import type { Field } from '@dragonfab/core'

/** A variable as the command line sees it. */
export interface FlagVariable {
  /** `git.branch`, `keepReleases`, `vars.apiUrl`. */
  readonly name: string
  readonly kind: Field['kind']
  /** Its other names: `branch`, `git_shallow_clone`. */
  readonly aliases?: readonly string[]
  readonly help?: string | undefined
}

/** A value that the command line sets. `name` is the variable's dotted name, or an entry's in a table (`dotenv.PORT`). */
export interface VariableOverride {
  readonly name: string
  /** As typed. Core converts it to the variable's kind. */
  readonly value: string
}

/** The flag for a variable. `git.branch`, `gitBranch`, `git_branch` and `git-branch` all become `git-branch`. */
export function flagName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll(/[._]/g, '-')
    .toLowerCase()
}

/** Variables by flag name. Their own names win over aliases, and both over the short form of `vars.x`. */
export class VariableFlags {
  readonly #ranks: readonly Map<string, FlagVariable[]>[] = [new Map(), new Map(), new Map()]

  constructor(variables: readonly FlagVariable[]) {
    for (const variable of variables) {
      this.#add(0, variable.name, variable)
      for (const alias of variable.aliases ?? []) this.#add(1, alias, variable)
      if (variable.name.startsWith('vars.')) this.#add(2, variable.name.slice('vars.'.length), variable)
    }
  }

  #add(rank: 0 | 1 | 2, name: string, variable: FlagVariable): void {
    const key = flagName(name)
    const names = this.#ranks[rank] as Map<string, FlagVariable[]>
    const known = names.get(key) ?? []
    if (!known.includes(variable)) names.set(key, [...known, variable])
  }

  /** None, one, or several if the name is ambiguous. */
  find(name: string): readonly FlagVariable[] {
    const key = flagName(name)
    for (const rank of this.#ranks) {
      const found = rank.get(key)
      if (found) return found
    }
    return []
  }

  /** Every flag, without its dashes. */
  names(): readonly string[] {
    return [...new Set(this.#ranks.flatMap((rank) => [...rank.keys()]))]
  }
}

/** `a,b` or `["a","b"]` as a list. Text that only looks like JSON stays one entry, so that the variable's own check reports it. */
function entriesOf(text: string): readonly unknown[] {
  if (!/^\s*\[/.test(text)) return text.split(',')
  try {
    return [JSON.parse(text)].flat()
  } catch {
    return [text]
  }
}

/** Adds a value for a variable. Lists are extended, all other values are replaced. */
export function mergeOverride(
  overrides: readonly VariableOverride[],
  next: VariableOverride,
  kind: FlagVariable['kind'],
): readonly VariableOverride[] {
  const before = overrides.find((each) => each.name === next.name)
  const others = overrides.filter((each) => each !== before)
  if (kind !== 'list' || !before) return [...others, next]
  return [...others, { ...next, value: JSON.stringify([...entriesOf(before.value), ...entriesOf(next.value)]) }]
}

/** Reads the value of a switch. Undefined if it is neither true nor false. */
export function parseTruth(text: string): boolean | undefined {
  if (/^(true|yes|on|1)$/i.test(text)) return true
  return /^(false|no|off|0)$/i.test(text) ? false : undefined
}
