const secretBrand = Symbol.for('dragonfab.secret')
const hiddenValues = new WeakMap<object, string | (() => string)>()
/** Shared between copies of core: a secret that one copy made must be readable by another. The number is the format: raise it with what is behind. */
const revealKey = Symbol.for('dragonfab.secret.reveal/1')
const revealedKey = Symbol.for('dragonfab.secrets.revealed/1')

/**
 * A value that must not be seen. It has no string form: in templates, JSON, logs and `util.inspect` it shows as `[secret]`.
 * In shell text it stands as a named hole, which the session fills with an unexported variable.
 */
export interface Secret {
  /** Only for types; at run time a symbol that no JSON can bring. */
  readonly '~dragonfab': 'secret'
  /** Where it came from (`postgres.password`), for people. */
  readonly label: string
}

class HiddenSecret implements Secret {
  declare readonly '~dragonfab': 'secret'
  readonly [secretBrand] = true
  readonly label: string

  constructor(value: string | (() => string), label: string) {
    this.label = label
    hiddenValues.set(this, value)
  }

  [revealKey](): string {
    const value = hiddenValues.get(this) ?? ''
    return typeof value === 'string' ? value : value()
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}

/** Hides a value, or what finds it when it is needed and may throw then. `label` says where it came from. */
export function hide(value: string | (() => string), label = 'secret'): Secret {
  return new HiddenSecret(value, label)
}

export function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && secretBrand in value
}

/** The one way to the value of a secret; grep for it to audit every use. */
export function reveal(secret: Secret): string {
  const value = (secret as unknown as { [revealKey](): string })[revealKey]()
  revealedSet().add(value)
  return value
}

/**
 * Every value that this process has revealed, by whichever copy of core: what was never revealed cannot be printed, so this is what there
 * is to mask. It only grows.
 */
export function revealedSecrets(): ReadonlySet<string> {
  return revealedSet()
}

function revealedSet(): Set<string> {
  const place = globalThis as { [revealedKey]?: Set<string> }
  place[revealedKey] ??= new Set()
  return place[revealedKey]
}
