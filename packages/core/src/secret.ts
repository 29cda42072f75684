const secretBrand = Symbol.for('dragonfab.secret')
const hiddenValues = new WeakMap<object, string | (() => string)>()
const identities = new WeakMap<object, string>()
/** Shared by all copies of core, so that one can read another's secrets. The number is the format: raise it if the meaning changes. */
const revealKey = Symbol.for('dragonfab.secret.reveal/1')
const identityKey = Symbol.for('dragonfab.secret.identity/1')
const revealedKey = Symbol.for('dragonfab.secrets.revealed/1')

/**
 * A value that must not be seen. It has no string form: in templates, JSON, logs and `util.inspect` it is `[secret]`.
 * In shell text it is a variable that the session sets and does not export.
 */
export interface Secret {
  /** Only for types. At run time the brand is a symbol, which JSON cannot contain. */
  readonly '~dragonfab': 'secret'
  /** Where it came from (`postgres.password`), for people. */
  readonly label: string
  /** A person may have to type it in, so `check` does not look it up. */
  readonly interactive?: boolean | undefined
}

export interface SecretOptions {
  /** Where it is looked up (`env DB_PASSWORD`): secrets with the same source have the same value. By default no other secret has it. */
  readonly source?: string | undefined
  readonly interactive?: boolean | undefined
}

class HiddenSecret implements Secret {
  declare readonly '~dragonfab': 'secret'
  readonly [secretBrand] = true
  readonly label: string
  readonly interactive: boolean | undefined

  constructor(value: string | (() => string), label: string, { source = crypto.randomUUID(), interactive }: SecretOptions) {
    this.label = label
    this.interactive = interactive
    hiddenValues.set(this, value)
    identities.set(this, typeof value === 'string' ? `=${value}` : source)
  }

  [identityKey](): string {
    return identities.get(this) ?? ''
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

/** Hides a value, or a function that finds it when it is needed and may throw. `label` says where it came from. */
export function hide(value: string | (() => string), label = 'secret', options: SecretOptions = {}): Secret {
  return new HiddenSecret(value, label, options)
}

/** Another form of a secret. If the secret has to be looked up, that happens only when the new one is needed, and so does `change`. */
export function deriveSecret(secret: Secret, label: string, change: (value: string) => string): Secret {
  const source = identify(secret)
  if (source.startsWith('=')) return hide(change(reveal(secret)), label)
  return hide(() => change(reveal(secret)), label, { source: `${label} of ${source}`, interactive: secret.interactive })
}

/** Whether two are known to have the same value without looking them up. */
export function isSameSecret(one: Secret, other: Secret): boolean {
  return identify(one) === identify(other)
}

function identify(secret: Secret): string {
  return (secret as unknown as { [identityKey](): string })[identityKey]()
}

export function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && secretBrand in value
}

/** The only way to the value of a secret. Search for it to audit every use. */
export function reveal(secret: Secret): string {
  const value = (secret as unknown as { [revealKey](): string })[revealKey]()
  revealedSet().add(value)
  return value
}

/**
 * Every value that any copy of core has revealed in this process, which is what has to be masked: a value that was never revealed cannot be
 * printed. The set only grows.
 */
export function revealedSecrets(): ReadonlySet<string> {
  return revealedSet()
}

function revealedSet(): Set<string> {
  const shared = globalThis as { [revealedKey]?: Set<string> }
  shared[revealedKey] ??= new Set()
  return shared[revealedKey]
}
