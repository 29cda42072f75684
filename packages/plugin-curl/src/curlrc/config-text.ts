import { type Fragment, hide, isSecret, reveal, type Secret, sh } from '@dragonfab/core'
import type { CurlOption } from './parse-options.ts'

/** A value within double quotes, as curl's configuration files read it (curl.1, --config). */
function quoteConfigValue(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`
}

/**
 * Shell text that prints options as lines of a curl configuration, for its standard input. `printf` is a builtin of the shells, so secrets
 * are in no argument list. The bare value (`: "$DF_S1"`) is named too, for only what is named in a script is masked in what is printed.
 */
export function printOptions(options: readonly CurlOption[]): Fragment {
  if (options.length === 0) return sh`:`
  const bare = options.flatMap(({ value }) => (isSecret(value) ? splitCredential(value) : []))
  const lines = options.map(({ name, value }) => {
    if (value === undefined) return name
    return isSecret(value)
      ? hide(`${name} = ${quoteConfigValue(reveal(value))}`, `${value.label} as written`)
      : `${name} = ${quoteConfigValue(value)}`
  })
  return sh`${bare.length > 0 ? sh`: ${bare}; ` : sh``}printf '%s\n' ${lines}`
}

/** A secret, and the password in a `user:password`. */
function splitCredential(value: Secret): readonly Secret[] {
  const colon = reveal(value).indexOf(':')
  const password = reveal(value)
    .slice(colon + 1)
    .trim()
  return colon < 0 || password === '' ? [value] : [value, hide(password, `${value.label}: password`)]
}
