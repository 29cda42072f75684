import { StringDecoder } from 'node:string_decoder'
import { quote } from '@dragonfab/core'

/** Shorter secrets are not masked: it would mangle ordinary output and still not hide them. docs/security.md says so. */
const shortest = 4

/** What a secret may look like in output: as it is, quoted for a shell, as JSON, in a URL, in hex, in base64 at any offset. */
export function spellings(secret: string): readonly string[] {
  if (secret.length < shortest) return []
  const bytes = Buffer.from(secret)
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // The characters at both ends also hold bits of what stands beside the secret.
    return encoded.slice(offset ? offset + 1 : 0, (bytes.length + offset) % 3 ? -1 : undefined)
  })
  const whole = [secret, quote(secret).slice(1, -1), JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), bytes.toString('hex')]
  const lines = secret.includes('\n') ? secret.split('\n').filter((line) => line.length >= shortest * 2) : []
  return [...new Set([...whole, ...base64, ...lines])].filter((each) => each.length >= shortest)
}

/** Replaces secrets in texts and streams. */
export class Mask {
  readonly #pattern: RegExp | undefined
  readonly #longest: number
  readonly #spellings: readonly string[]

  constructor(secrets: Iterable<string>) {
    this.#spellings = [...new Set([...secrets].flatMap(spellings))].sort((a, b) => b.length - a.length)
    this.#longest = this.#spellings[0]?.length ?? 0
    this.#pattern = this.#longest
      ? new RegExp(this.#spellings.map((each) => each.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'), 'g')
      : undefined
  }

  text(text: string): string {
    return this.#pattern ? text.replace(this.#pattern, '[secret]') : text
  }

  /** For one stream: bytes in, masked text out; holds back what could be the beginning of a character or a secret. */
  stream(): { push(chunk: Uint8Array): string; end(): string } {
    const decoder = new StringDecoder('utf8')
    let held = ''
    const take = (text: string, last: boolean): string => {
      const masked = this.text(held + text)
      const keep = last ? 0 : this.#beginning(masked)
      held = masked.slice(masked.length - keep)
      return masked.slice(0, masked.length - keep)
    }
    return {
      push: (chunk) => take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)), false),
      end: () => take(decoder.end(), true),
    }
  }

  /** How many characters at the end could still become a secret. */
  #beginning(text: string): number {
    for (let length = Math.min(this.#longest - 1, text.length); length > 0; length--) {
      const tail = text.slice(text.length - length)
      if (this.#spellings.some((each) => each.startsWith(tail))) return length
    }
    return 0
  }
}
