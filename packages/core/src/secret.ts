const secretBrand = Symbol.for('dragonfab.secret')
const hiddenValues = new WeakMap<object, string | (() => string)>()
const identities = new WeakMap<object, string>()
/** Shared between copies of core: a secret that one copy made must be readable by another. The number is the format: raise it with what is behind. */
const revealKey = Symbol.for('dragonfab.secret.reveal/1')
const identityKey = Symbol.for('dragonfab.secret.identity/1')
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
  /** A person must answer for it. */
  readonly interactive?: boolean | undefined
}

export interface SecretOptions {
  /** Where it is looked up (`env DB_PASSWORD`): two secrets of one source have one value. Without it, each is its own. */
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

/** Hides a value, or what finds it when it is needed and may throw then. `label` says where it came from. */
export function hide(value: string | (() => string), label = 'secret', options: SecretOptions = {}): Secret {
  return new HiddenSecret(value, label, options)
}

/** Another form of a secret. Nothing is looked up for it now: what must be looked up is changed, and checked by `change`, when it is needed. */
export function deriveSecret(secret: Secret, label: string, change: (value: string) => string): Secret {
  const source = identify(secret)
  if (source.startsWith('=')) return hide(change(reveal(secret)), label)
  return hide(() => change(reveal(secret)), label, { source: `${label} of ${source}`, interactive: secret.interactive })
}

/** Whether two have one value, as far as this can be told without looking them up. */
export function isSameSecret(one: Secret, other: Secret): boolean {
  return identify(one) === identify(other)
}

function identify(secret: Secret): string {
  return (secret as unknown as { [identityKey](): string })[identityKey]()
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
