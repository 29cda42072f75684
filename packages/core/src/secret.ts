const brand = Symbol.for('dragonfab.secret')
const hidden = new WeakMap<object, string | (() => string)>()
/** Shared between copies of core: a secret that one copy made must be readable by another. The number is the format: raise it with what is behind. */
const reveals = Symbol.for('dragonfab.secret.reveal/1')
const known = Symbol.for('dragonfab.secrets.revealed/1')

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

class Hidden implements Secret {
  declare readonly '~dragonfab': 'secret'
  readonly [brand] = true
  readonly label: string

  constructor(value: string | (() => string), label: string) {
    this.label = label
    hidden.set(this, value)
  }

  [reveals](): string {
    const value = hidden.get(this) ?? ''
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
  return new Hidden(value, label)
}

export function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && brand in value
}

/** The one way to the value of a secret; grep for it to audit every use. */
export function reveal(secret: Secret): string {
  const value = (secret as unknown as { [reveals](): string })[reveals]()
  all().add(value)
  return value
}

/**
 * Every value that this process has revealed, by whichever copy of core: what was never revealed cannot be printed, so this is what there
 * is to mask. It only grows.
 */
export function revealed(): ReadonlySet<string> {
  return all()
}

function all(): Set<string> {
  const place = globalThis as { [known]?: Set<string> }
  place[known] ??= new Set()
  return place[known]
}
