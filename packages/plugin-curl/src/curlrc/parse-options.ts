import { check, hide, isSecret, quote, reveal, type Secret, toProblem } from '@dragonfab/core'
import { firstServerPattern, ignoredOptions, isSecretOption, refusedOptions, shortOptions } from './option-names.ts'
import { splitShellWords } from './shell-words.ts'

/** One option of curl, as in its configuration file. */
export interface CurlOption {
  readonly name: string
  readonly value?: string | Secret | undefined
  /** Whether it is dropped for a server that the first one redirects to. */
  readonly firstServerOnly: boolean
}

/**
 * Checks `curl.options`, and replaces the secrets in it by placeholders, so that neither `env` nor `%(curl.options)s` shows them. Only this
 * process knows what a placeholder stands for.
 */
export const curlOptionsCheck = check<string>((value) => {
  try {
    return { value: replaceSecrets(String(value)) }
  } catch (error) {
    return { issues: [{ message: toProblem(error, { code: 'BAD_VALUE' }).message }] }
  }
})

const secretsByPlaceholder = new Map<string, Secret>()

function replaceSecrets(text: string): string {
  const options = parseCurlOptions(text)
  if (!options.some(({ value }) => isSecret(value))) return text
  return options
    .map(({ name, value }) =>
      value === undefined ? `--${name}` : `--${name} ${quote(isSecret(value) ? createPlaceholder(value) : value)}`,
    )
    .join(' ')
}

function createPlaceholder(secret: Secret): string {
  // Revealing the secret registers it as text that must be masked.
  const value = reveal(secret)
  const existing = [...secretsByPlaceholder].find(([, each]) => reveal(each) === value && each.label === secret.label)?.[0]
  if (existing !== undefined) return existing
  const name = `[secret ${secretsByPlaceholder.size + 1}]`
  secretsByPlaceholder.set(name, secret)
  return name
}

/**
 * `curl.options` as lines of a configuration, so that none of them is on a command line. `--user bot:token` is accepted too, as in fapistrano's
 * documentation. Throws an Error that says what is refused.
 */
export function parseCurlOptions(text: string): readonly CurlOption[] {
  const words = [...splitShellWords(text)]
  const options: CurlOption[] = []
  const addOption = (name: string, value?: string) => {
    if (name in refusedOptions) throw new Error(`has --${name}: ${refusedOptions[name]}`)
    if (value !== undefined && /[\0\r\n]/.test(value)) throw new Error(`has a line break in the value of --${name}`)
    if (ignoredOptions.has(name)) return
    const firstServerOnly = firstServerPattern.test(name)
    const secret =
      value === undefined
        ? undefined
        : (secretsByPlaceholder.get(value) ?? (isSecretOption(name, value) ? hide(value, `curl.options --${name}`) : undefined))
    options.push({ name, value: secret ?? value, firstServerOnly })
  }
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, long, inlineValue] = /^--([A-Za-z0-9][A-Za-z0-9.-]*)(?:=(.*))?$/s.exec(word) ?? []
    if (long !== undefined) {
      const value = inlineValue ?? (words[0] === undefined || (words[0].startsWith('-') && !takesValue(long)) ? undefined : words.shift())
      addOption(long, value)
    } else if (/^-[^-]/.test(word)) parseShortCluster(word.slice(1), words, addOption)
    else throw new Error('has a word that is not an option: an address belongs in curl.url')
  }
  return options
}

/** `-sSm30`: flags, the last of which may have a value, in the same word or the next. */
function parseShortCluster(letters: string, words: string[], add: (name: string, value?: string) => void): void {
  for (let i = 0; i < letters.length; i++) {
    const long = shortOptions[letters[i] ?? '']
    if (long === undefined) throw new Error(`has -${letters[i]}, which is not an option of curl`)
    if (!long.endsWith('=')) {
      add(long)
      continue
    }
    const value = letters.slice(i + 1) || words.shift()
    if (value === undefined) throw new Error(`has -${letters[i]} without a value`)
    add(long.slice(0, -1), value)
    return
  }
}

const takesValue = (long: string): boolean => Object.values(shortOptions).includes(`${long}=`)
