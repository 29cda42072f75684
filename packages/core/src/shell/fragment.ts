import { usageError } from '../errors.ts'
import { reveal, type Secret } from '../secret.ts'
import { secretPrefix } from '../session-contract.ts'
import { quote } from './quote.ts'

const brand = Symbol.for('dragonfab.fragment')

/** A call of a library function, with all that its definition calls. */
export interface FunctionCall {
  readonly name: string
  /** `name() { … }`, byte for byte as a host gets it. */
  readonly definition: string
  /** What the definition calls, in an order in which each comes after what it calls itself. */
  readonly uses: readonly FunctionCall[]
}

export type Part = string | { readonly word: string } | { readonly secret: Secret } | { readonly call: FunctionCall }

/** Shell text whose values are kept apart from it until it is rendered. Made by `sh`. */
export interface Fragment {
  /** Only for types; at run time a symbol that no JSON can bring. */
  readonly '~dragonfab': 'fragment'
  readonly parts: readonly Part[]
  /** As {@link render} gives it, with secrets as `[secret]`. */
  toString(): string
}

export function isFragment(value: unknown): value is Fragment {
  return typeof value === 'object' && value !== null && brand in value
}

export function makeFragment(parts: readonly Part[]): Fragment {
  return { [brand]: true, parts, toString: () => render({ parts }, () => '[secret]') } as unknown as Fragment
}

/**
 * Turns a fragment into text that needs nothing else: the functions that it calls are defined first. `hole` names the shell word for a secret
 * (`"$DF_S1"`); without it a secret is refused, since nothing would take its place.
 */
export function render(text: Pick<Fragment, 'parts'>, hole: (secret: Secret) => string = refuseSecret): string {
  return [...functionsIn(text).map(({ definition }) => definition), renderCalls(text, hole)].join('\n')
}

function refuseSecret({ label }: Secret): never {
  throw usageError({
    code: 'SHELL_SECRET',
    message: `shell text has the secret ${label} in it, where it cannot be passed to the shell`,
    remedy: 'take it out of the text, or use it in a step on the host',
  })
}

/** A fragment as text, and what gives its secrets' variables (`DF_S1`) their values: both for the input of a shell, never for an argument. */
export function withSecrets(text: Fragment): { readonly text: string; readonly assignments: string } {
  const names = new Map<Secret, string>()
  const rendered = render(text, (secret) => {
    const name = names.get(secret) ?? `${secretPrefix}${names.size + 1}`
    names.set(secret, name)
    return `"$${name}"`
  })
  return { text: rendered, assignments: [...names].map(([secret, name]) => `${name}=${quote(reveal(secret))}`).join('\n') }
}

/** As {@link render}, without the functions: whatever runs the text has them already. */
export function renderCalls({ parts }: Pick<Fragment, 'parts'>, hole: (secret: Secret) => string): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return part
      if ('word' in part) return quote(part.word)
      return 'call' in part ? part.call.name : hole(part.secret)
    })
    .join('')
}

/** The functions that a fragment calls, directly or not, each once and after those that it calls itself. */
export function functionsIn({ parts }: Pick<Fragment, 'parts'>): readonly FunctionCall[] {
  const found = new Map<string, FunctionCall>()
  for (const part of parts) {
    if (typeof part === 'string' || !('call' in part)) continue
    for (const each of [...part.call.uses, part.call]) {
      const known = found.get(each.name)
      if (known && known.definition !== each.definition) {
        throw usageError({
          code: 'FUNCTION_TWICE',
          message: `one shell text calls two functions named ${each.name}`,
          remedy: 'rename one of them, or pass what differs as an argument',
        })
      }
      found.set(each.name, each)
    }
  }
  return [...found.values()]
}
