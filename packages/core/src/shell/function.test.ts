import { expect, test } from 'vitest'
import { hide } from '../secret.ts'
import { functionsIn, render, renderCalls } from './fragment.ts'
import { shellFunction } from './function.ts'
import { sh } from './sh.ts'

const hole = () => '"$DF_S1"'
const live = shellFunction('demo_live', sh`echo "$current"`)
const shown = shellFunction(
  'demo_shown',
  sh`
    to=$(${live})
    # Nothing else.
    printf '%s\n' "\${to:-?}"
  `,
)
const print = shellFunction('demo_print', sh`echo "live: $(${live}), shown: $(${shown})"`)

test('a fragment carries the functions that it calls, each after what it calls itself', () => {
  const text = sh`${print} "$1" || ${live}`
  expect(renderCalls(text, hole)).toBe('demo_print "$1" || demo_live')
  expect(functionsIn(text).map(({ name }) => name)).toEqual(['demo_live', 'demo_shown', 'demo_print'])
})

test('text that is rendered on its own defines them first', () => {
  expect(render(sh`${shown}`, hole)).toBe(`demo_live() { echo "$current"; }
demo_shown() {
to=$(demo_live)
# Nothing else.
printf '%s\\n' "\${to:-?}"
}
demo_shown`)
})

test('the name may be put in quotes, and in text that is joined', () => {
  expect(renderCalls(sh.join([sh`[ "$(${live})" = x ]`, live]), hole)).toBe('[ "$(demo_live)" = x ]\ndemo_live')
})

test.each(['live', 'Demo_live', '1_live', 'demo_', '_demo', 'demo live', '', 'try_lock', 'others_gone'])('refuses the name %j', (name) => {
  expect(() => shellFunction(name, sh`:`)).toThrow(
    expect.objectContaining({ problems: [expect.objectContaining({ code: 'FUNCTION_NAME' })] }),
  )
})

test('refuses a secret in a definition, and two functions of one name in one text', () => {
  expect(() => shellFunction('demo_login', sh`login ${hide('x', 'password')}`)).toThrow(/contains the secret password/)
  const other = shellFunction('demo_live', sh`echo other`)
  expect(() => functionsIn(sh`${print}; ${other}`)).toThrow(/two different functions named demo_live/)
})
