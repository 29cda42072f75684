import { usageError } from '../errors.ts'
import { reveal, type Secret } from '../secret.ts'
import { secretPrefix } from '../session-contract.ts'
import { quote } from './quote.ts'

const brand = Symbol.for('dragonfab.fragment')

/** A call of a library function, with every function that its definition calls. */
export interface FunctionCall {
  readonly name: string
  /** `name() { … }`, exactly as it is sent to a host. */
  readonly definition: string
  /** The functions that the definition calls, each after those that it calls itself. */
  readonly uses: readonly FunctionCall[]
}

export type Part = string | { readonly word: string } | { readonly secret: Secret } | { readonly call: FunctionCall }

/** Shell text that keeps its values separate until it is rendered. Made by `sh`. */
export interface Fragment {
  /** Only for types. At run time the brand is a symbol, which JSON cannot contain. */
  readonly '~dragonfab': 'fragment'
  readonly parts: readonly Part[]
  /** The rendered text ({@link render}), with `[secret]` for each secret. */
  toString(): string
}

export function isFragment(value: unknown): value is Fragment {
  return typeof value === 'object' && value !== null && brand in value
}

export function makeFragment(parts: readonly Part[]): Fragment {
  return { [brand]: true, parts, toString: () => render({ parts }, () => '[secret]') } as unknown as Fragment
}

/**
 * Turns a fragment into text that is complete: it begins with definitions of the functions that it calls. `hole` returns the shell word for a
 * secret (`"$DF_S1"`). Without it a secret is refused, because nothing could take its place.
 */
export function render(text: Pick<Fragment, 'parts'>, hole: (secret: Secret) => string = refuseSecret): string {
  return [...functionsIn(text).map(({ definition }) => definition), renderCalls(text, hole)].join('\n')
}

function refuseSecret({ label }: Secret): never {
  throw usageError({
    code: 'SHELL_SECRET',
    message: `shell text contains the secret ${label}, which cannot be passed to this shell`,
    remedy: 'remove it from the text, or use it in a step on the host',
  })
}

/** A fragment as text, and the assignments of its secrets' variables (`DF_S1`). Both belong into a shell's input, never into an argument. */
export function withSecrets(text: Fragment): { readonly text: string; readonly assignments: string } {
  const names = new Map<Secret, string>()
  const rendered = render(text, (secret) => {
    const name = names.get(secret) ?? `${secretPrefix}${names.size + 1}`
    names.set(secret, name)
    return `"$${name}"`
  })
  return { text: rendered, assignments: [...names].map(([secret, name]) => `${name}=${quote(reveal(secret))}`).join('\n') }
}

/** Like {@link render}, but without the functions, for a shell that has them already. */
export function renderCalls({ parts }: Pick<Fragment, 'parts'>, hole: (secret: Secret) => string): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return part
      if ('word' in part) return quote(part.word)
      return 'call' in part ? part.call.name : hole(part.secret)
    })
    .join('')
}

/** The functions that a fragment calls, directly or indirectly: each once, after those that it calls itself. */
export function functionsIn({ parts }: Pick<Fragment, 'parts'>): readonly FunctionCall[] {
  const found = new Map<string, FunctionCall>()
  for (const part of parts) {
    if (typeof part === 'string' || !('call' in part)) continue
    for (const each of [...part.call.uses, part.call]) {
      const known = found.get(each.name)
      if (known && known.definition !== each.definition) {
        throw usageError({
          code: 'FUNCTION_TWICE',
          message: `one shell text calls two different functions named ${each.name}`,
          remedy: 'rename one of them, or pass what differs as an argument',
        })
      }
      found.set(each.name, each)
    }
  }
  return [...found.values()]
}
