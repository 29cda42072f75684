import { expect, it } from 'vitest'
import { coreFields } from './core-fields.ts'
import { parseValue } from './parse.ts'

const wrong = (name: string) => parseValue(coreFields.shellEnv, { [name]: 'x' }, { name: 'shellEnv' }).faults

it.each(['N', 'R', 'STATE', 'RUN', 'WHO', 'HOLES', 'IFS', 'S1', 'S27', 'UID', 'PPID', '_'])('refuses %s', (name) => {
  expect(wrong(name)?.join()).toContain(`.${name} is not right`)
})

it.each(['PATH', 'HOME', 'LANG', 'NODE_ENV', 'RUNS', 'STATES', 's1', 'SX', 'n'])('takes %s', (name) => {
  expect(wrong(name)).toBeUndefined()
})
