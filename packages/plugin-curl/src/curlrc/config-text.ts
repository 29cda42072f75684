import { deriveSecret, type Fragment, isSecret, type Secret, sh } from '@dragonfab/core'
import type { CurlOption } from './parse-options.ts'

/** A value within double quotes, as curl's configuration files read it (curl.1, --config). */
function quoteConfigValue(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`
}

/**
 * Shell text that prints options as lines of a curl configuration, for its standard input. `printf` is a builtin of the shells, so secrets
 * are in no argument list. The bare value (`: "$DF_S1"`) is named too, because only what is named in a script is masked in the output. An
 * option whose secret turns out to be empty is an empty line.
 */
export function printOptions(options: readonly CurlOption[]): Fragment {
  if (options.length === 0) return sh`:`
  const bare = options.flatMap(({ value }) => (isSecret(value) ? splitCredential(value) : []))
  const lines = options.map(({ name, value }) => {
    if (value === undefined) return name
    return isSecret(value)
      ? deriveSecret(value, `${value.label} as written`, (text) => (text === '' ? '' : `${name} = ${quoteConfigValue(text)}`))
      : `${name} = ${quoteConfigValue(value)}`
  })
  return sh`${bare.length > 0 ? sh`: ${bare}; ` : sh``}printf '%s\n' ${lines}`
}

/** A secret, and the password in a `user:password`. */
function splitCredential(value: Secret): readonly Secret[] {
  return [value, deriveSecret(value, `${value.label}: password`, (text) => text.slice(text.indexOf(':') + 1).trim() || text)]
}
