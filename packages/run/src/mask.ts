import { StringDecoder } from 'node:string_decoder'
import { quote } from '@dragonfab/core'

/** Shorter secrets are not masked: that would mangle ordinary output and still not hide them. docs/security.md says so. */
const minSecretLength = 4

/**
 * The forms that a secret may have in output: unchanged, quoted for a shell or escaped by one, in JSON (also as Python writes it), in XML, in a
 * URL or a form, in hex, in base64 of both alphabets at any offset.
 */
export function secretSpellings(secret: string): readonly string[] {
  if (secret.length < minSecretLength) return []
  const bytes = Buffer.from(secret)
  const base64 = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // The characters at both ends also hold bits of the text next to the secret.
    const inner = encoded.slice(offset ? offset + 1 : 0, (bytes.length + offset) % 3 ? -1 : undefined)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
  const json = JSON.stringify(secret).slice(1, -1)
  const url = encodeURIComponent(secret)
  const hex = bytes.toString('hex')
  const whole = [
    secret,
    quote(secret).slice(1, -1),
    secret.replaceAll("'", `'"'"'`),
    secret.replace(/[^\p{L}\p{N}@%+=:,./_-]/gu, '\\$&'),
    secret.replace(/["$`\\]/g, '\\$&'),
    json,
    json.replaceAll('/', '\\/'),
    json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    secret.replace(/[&<>"']/g, (sign) => `&${xmlEntities[sign]};`),
    secret.replace(/[&<>"']/g, (sign) => `&${sign === "'" ? '#x27' : xmlEntities[sign]};`),
    secret.replace(/[&<>]/g, (sign) => `&${xmlEntities[sign]};`),
    url,
    encodeURI(secret),
    url.replace(/%../g, (byte) => byte.toLowerCase()),
    url.replaceAll('%20', '+'),
    new URLSearchParams({ '': secret }).toString().slice(1),
    hex,
    hex.toUpperCase(),
  ]
  const lines = secret.includes('\n') ? secret.split(/\r?\n/).filter((line) => line.length >= minSecretLength * 2) : []
  return [...new Set([...whole, ...base64, ...lines])].filter((each) => each.length >= minSecretLength)
}

const xmlEntities: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' }

function groupByFirstChar(spellings: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const each of spellings) found.set(each.charAt(0), [...(found.get(each.charAt(0)) ?? []), each])
  return found
}

/** Replaces secrets in texts and streams: the secrets of the run, and all that are revealed during it. */
export class Mask {
  readonly #givenSecrets: readonly string[]
  readonly #revealed: ReadonlySet<string>
  #seenCount = -1
  #pattern: RegExp | undefined
  #longest = 0
  #spellings: readonly string[] = []
  #byFirst: ReadonlyMap<string, readonly string[]> = new Map()

  constructor(given: Iterable<string>, found: ReadonlySet<string> = new Set()) {
    this.#givenSecrets = [...given]
    this.#revealed = found
  }

  /** A code step may reveal a secret long after the run started. */
  #refresh(): void {
    if (this.#revealed.size === this.#seenCount) return
    this.#seenCount = this.#revealed.size
    this.#setSpellings([...new Set([...this.#givenSecrets, ...this.#revealed].flatMap(secretSpellings))])
  }

  #setSpellings(spelled: readonly string[]): void {
    const all = spelled.toSorted((a, b) => b.length - a.length)
    this.#spellings = all
    this.#longest = all[0]?.length ?? 0
    this.#byFirst = groupByFirstChar(all)
    this.#pattern = all.length ? new RegExp(all.map((each) => each.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'), 'g') : undefined
  }

  maskText(text: string): string {
    this.#refresh()
    return this.#pattern ? text.replace(this.#pattern, '[secret]') : text
  }

  /** Masks one stream: takes bytes and returns text. It keeps bytes that may be the beginning of a character or a secret for the next call. */
  maskStream(): { push(chunk: Uint8Array): string; end(): string } {
    const decoder = new StringDecoder('utf8')
    let held = ''
    const take = (text: string, last: boolean): string => {
      const masked = this.maskText(held + text)
      const keep = last ? 0 : this.#partialLength(masked)
      held = masked.slice(masked.length - keep)
      return masked.slice(0, masked.length - keep)
    }
    return {
      push: (chunk) => take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)), false),
      end: () => take(decoder.end(), true),
    }
  }

  /** Masks a stream that need not be text: all bytes pass unchanged except secrets. `found` is true after the first secret. */
  maskBytes(): { push(chunk: Uint8Array): Uint8Array; end(): Uint8Array; readonly found: boolean } {
    this.#refresh()
    // Each byte becomes one character, so that bytes that are not text stay unchanged.
    const secrets = this.#spellings.map((each) => Buffer.from(each).toString('latin1'))
    if (!secrets.length) return { push: (chunk) => chunk, end: () => new Uint8Array(), found: false }
    const plain = new Mask([])
    plain.#refresh()
    plain.#setSpellings(secrets)
    let held = ''
    let found = false
    const take = (text: string, last: boolean): Uint8Array => {
      const before = held + text
      const masked = plain.maskText(before)
      found ||= masked !== before
      const keep = last ? 0 : plain.#partialLength(masked)
      held = masked.slice(masked.length - keep)
      return Buffer.from(masked.slice(0, masked.length - keep), 'latin1')
    }
    return {
      get found() {
        return found
      },
      push: (chunk) => take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1'), false),
      end: () => take('', true),
    }
  }

  /** How many characters at the end could still become a secret. */
  #partialLength(text: string): number {
    for (let at = Math.max(0, text.length - this.#longest + 1); at < text.length; at++) {
      const spellings = this.#byFirst.get(text.charAt(at))
      if (!spellings) continue
      const tail = text.slice(at)
      if (spellings.some((each) => each.startsWith(tail))) return tail.length
    }
    return 0
  }
}
