import { expect, it } from 'vitest'
import { scratchVariables } from '../session-contract.ts'
import { coreFields } from './core-fields.ts'
import { parseValue } from './parse.ts'

const wrong = (name: string) => parseValue(coreFields.shellEnv, { [name]: 'x' }, { name: 'shellEnv' }).faults

it.each([...scratchVariables, 'DF_STATE', 'DF_S1', 'DF_OF_TOMORROW', 'IFS', 'UID', 'PPID', '_'])('refuses %s', (name) => {
  expect(wrong(name)?.join()).toContain(`.${name} is not right`)
})

it.each(['PATH', 'HOME', 'LANG', 'NODE_ENV', 'RUNS', 'STATES', 's1', 'R', 'RESULT', 'INPUT', 'failed', 'df'])('takes %s', (name) => {
  expect(wrong(name)).toBeUndefined()
})
