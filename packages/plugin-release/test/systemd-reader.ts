/**
 * How systemd reads an `EnvironmentFile=`: the state machine of parse_env_file_internal() in src/basic/env-file.c (version 252),
 * for machines where the real one is not installed. dotenv.test.ts compares the two where it is.
 */
export function readAsSystemd(content: string): ReadonlyMap<string, string> {
  const read = new Map<string, string>()
  let state: 'preKey' | 'key' | 'preValue' | 'value' | 'valueEscape' | 'single' | 'double' | 'doubleEscape' | 'comment' | 'commentEscape' =
    'preKey'
  let key = ''
  let value = ''
  /** Where blanks at the end began, outside of quotes. */
  let blanks = -1
  const blank = (c: string) => ' \t\n\r'.includes(c)
  const line = (c: string) => '\n\r'.includes(c)
  const push = () => {
    const name = key.trimEnd()
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) read.set(name, blanks < 0 ? value : value.slice(0, blanks))
    key = value = ''
    blanks = -1
    state = 'preKey'
  }
  const add = (c: string) => {
    if (!blank(c)) blanks = -1
    else if (blanks < 0) blanks = value.length
    value += c
  }
  for (const c of content) {
    if (state === 'preKey') {
      if ('#;'.includes(c)) state = 'comment'
      else if (!blank(c)) [state, key] = ['key', c]
    } else if (state === 'key') {
      if (line(c)) [state, key] = ['preKey', '']
      else if (c === '=') [state, value, blanks] = ['preValue', '', -1]
      else key += c
    } else if (state === 'preValue') {
      if (line(c)) push()
      else if (c === "'") state = 'single'
      else if (c === '"') state = 'double'
      else if (c === '\\') state = 'valueEscape'
      else if (!blank(c)) {
        state = 'value'
        value += c
      }
    } else if (state === 'value') {
      if (line(c)) push()
      else if (c === '\\') [state, blanks] = ['valueEscape', -1]
      else add(c)
    } else if (state === 'valueEscape') {
      state = 'value'
      if (!line(c)) value += c
    } else if (state === 'single') {
      if (c === "'") state = 'preValue'
      else value += c
    } else if (state === 'double') {
      if (c === '"') state = 'preValue'
      else if (c === '\\') state = 'doubleEscape'
      else value += c
    } else if (state === 'doubleEscape') {
      state = 'double'
      if ('"\\`$'.includes(c)) value += c
      else if (c !== '\n') value += `\\${c}`
    } else if (state === 'comment') {
      if (c === '\\') state = 'commentEscape'
      else if (line(c)) state = 'preKey'
    } else state = 'comment'
  }
  if (['preValue', 'value', 'valueEscape', 'single', 'double', 'doubleEscape'].includes(state)) push()
  return read
}
