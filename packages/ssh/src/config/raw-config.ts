/**
 * The settings of ssh_config for one host, in the form of `ssh -G`: keywords in lower case, each with its values.
 * Tokens such as `%d` and `~` are not expanded yet.
 */
export type RawConfig = ReadonlyMap<string, readonly string[]>

/** Reads the output of `ssh -G`: one keyword and value per line. A keyword may be repeated. */
export function parseRawConfig(output: string): RawConfig {
  const raw = new Map<string, string[]>()
  for (const line of output.split('\n')) {
    const space = line.indexOf(' ')
    if (space < 0) continue
    const keyword = line.slice(0, space).toLowerCase()
    const values = raw.get(keyword)
    const value = line.slice(space + 1)
    if (values) values.push(value)
    else raw.set(keyword, [value])
  }
  return raw
}
