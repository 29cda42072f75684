import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hostileFields, judge } from './fields.ts'
import { values } from './values.ts'

// INJ-01, the first half: whatever stands in a config arrives in env as it is, or is refused when it is loaded, at its place.
const fields = hostileFields()

/** What is documented to become of a value: a path loses slashes at its end, a linked one also `./`, files of this machine are relative to the config. */
const meant = (field: string, value: string): unknown =>
  field === 'knownHosts' || field === 'identityFiles'
    ? value.startsWith('~/')
      ? join(homedir(), value.slice(2))
      : resolve('/srv/config', value)
    : value.replace(/(?<=[^/])\/+$/, '').replace(/^\.\/(?=a$)/, '')

test('the fields are all that a config of core, release and git may set', () => {
  const names = fields.map(({ name }) => name)
  expect(values.length).toBeGreaterThan(100)
  expect(names).toEqual(
    expect.arrayContaining(['path', 'sudoUser', 'shellEnv', 'shellEnv (a name)', 'linkedFiles', 'dotenv', 'git.branch', 'vars.one']),
  )
  expect(fields.length).toBeGreaterThan(30)
})

describe.each(fields)('$name', (field) => {
  test('takes a value as it is, or refuses it', () => {
    const { accepted, refused, changed } = judge(field, values)
    expect(accepted.length + refused.size + changed.size).toBe(values.length)
    for (const [value, message] of refused) {
      // What a default is made of is told with the default's name.
      expect(message, JSON.stringify(value)).toMatch(new RegExp(`${field.name.split(/[ .]/)[0]}|^path: `))
    }
    const other = [...changed].filter(([value, read]) => read !== meant(field.name, value))
    expect(other).toEqual([])
  })
})
