import { hide, isSecret, quote, reveal, type Secret, type StandardSchema } from '@dragonfab/core'
import { dropped, forFirstServer, isSecretOption, refused, shorts } from './option-names.ts'
import { shellWords } from './words.ts'

/** One option of curl, as its configuration file has it. */
export interface CurlOption {
  readonly name: string
  readonly value?: string | Secret | undefined
  /** Not for a server that the first one redirects to. */
  readonly first: boolean
}

/**
 * For the option itself: what is wrong with it is told, and secrets in it are taken out, so that neither `env` nor a `%(curl.options)s` shows
 * them. What takes their place stands for them in this process.
 */
export const optionsCheck: StandardSchema<string> = {
  '~standard': {
    version: 1,
    vendor: 'dragonfab',
    validate: (value) => {
      try {
        return { value: withoutSecrets(String(value)) }
      } catch (error) {
        return { issues: [{ message: error instanceof Error ? error.message : String(error) }] }
      }
    },
  },
}

const kept = new Map<string, Secret>()

function withoutSecrets(text: string): string {
  const found = curlOptions(text)
  if (!found.some(({ value }) => isSecret(value))) return text
  return found
    .map(({ name, value }) => (value === undefined ? `--${name}` : `--${name} ${quote(isSecret(value) ? standIn(value) : value)}`))
    .join(' ')
}

function standIn(secret: Secret): string {
  // Revealed, it is known as what must not be printed.
  const value = reveal(secret)
  const known = [...kept].find(([, each]) => reveal(each) === value && each.label === secret.label)?.[0]
  if (known !== undefined) return known
  const name = `[secret ${kept.size + 1}]`
  kept.set(name, secret)
  return name
}

/**
 * `curl.options` as lines of a configuration: in this way nothing of it is on a command line. `--user bot:token` is kept too, as
 * fapistrano's documentation has it. Throws an Error that says what cannot be kept.
 */
export function curlOptions(text: string): readonly CurlOption[] {
  const words = [...shellWords(text)]
  const found: CurlOption[] = []
  const add = (name: string, value?: string) => {
    if (name in refused) throw new Error(`has --${name}: ${refused[name]}`)
    if (value !== undefined && /[\0\r\n]/.test(value)) throw new Error(`has a line break in the value of --${name}`)
    if (dropped.has(name)) return
    const first = forFirstServer.test(name)
    const secret =
      value === undefined
        ? undefined
        : (kept.get(value) ?? (isSecretOption(name, value) ? hide(value, `curl.options --${name}`) : undefined))
    found.push({ name, value: secret ?? value, first })
  }
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, long, written] = /^--([A-Za-z0-9][A-Za-z0-9.-]*)(?:=(.*))?$/s.exec(word) ?? []
    if (long !== undefined) {
      const value = written ?? (words[0] === undefined || (words[0].startsWith('-') && !takesValue(long)) ? undefined : words.shift())
      add(long, value)
    } else if (/^-[^-]/.test(word)) cluster(word.slice(1), words, add)
    else throw new Error('has a word that is no option: an address belongs in curl.url')
  }
  return found
}

/** `-sSm30`: flags, and at last perhaps one with a value, in the same word or the next. */
function cluster(letters: string, words: string[], add: (name: string, value?: string) => void): void {
  for (let i = 0; i < letters.length; i++) {
    const long = shorts[letters[i] ?? '']
    if (long === undefined) throw new Error(`has -${letters[i]}, which is not known`)
    if (!long.endsWith('=')) {
      add(long)
      continue
    }
    const value = letters.slice(i + 1) || words.shift()
    if (value === undefined) throw new Error(`has -${letters[i]} without its value`)
    add(long.slice(0, -1), value)
    return
  }
}

const takesValue = (long: string): boolean => Object.values(shorts).includes(`${long}=`)
