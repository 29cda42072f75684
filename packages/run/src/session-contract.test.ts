import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { joinLockScript, releaseLockScript, takeLockScript } from './lock.ts'
import { buildPrelude } from './prelude.ts'
import { loopScript, readerScript } from './session/loop.ts'
import {
  scratchVariables,
  sessionDescriptors,
  sessionFunctions,
  sessionMarks,
  sessionPrefix,
  sessionVariables,
  unlockCall,
} from './session-contract.ts'

const prelude = buildPrelude({ stateDir: '/state' }, 'run', { owner: 'me', machine: 'here', pid: 1 }, new Map())
const terminal = readFileSync(join(import.meta.dirname, 'terminal-part.ts'), 'utf8').match(/const sessionFunctions = `[^`]*`/)?.[0] ?? ''
const shell = [loopScript, readerScript, prelude, takeLockScript, releaseLockScript, joinLockScript, terminal]
  .join('\n')
  .replace(/#.*$/gm, '')

const findNames = (text: string, pattern: RegExp): readonly string[] =>
  [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''))].sort()

test('every variable that the session sets is in the contract', () => {
  const assigned = findNames(shell, /(?:^|[\s;('"&{])([A-Za-z_]\w*)=(?!=)/gm)
  const read = findNames(shell, /\bread -r (\w+)/g)
  const looped = findNames(shell, /\bfor (\w+) in/g)
  const known = new Set<string>([...sessionVariables, ...scratchVariables, 'IFS'])
  expect(assigned).toEqual(expect.arrayContaining(['DF_STATE', 'DF_LOCKED', 'DF_WATCH', 'rc']))
  expect([...assigned, ...read, ...looped].filter((name) => !known.has(name))).toEqual([])
})

test('its variables have its prefix, by which shellEnv refuses them', () => {
  expect(sessionVariables.filter((name) => !name.startsWith(sessionPrefix))).toEqual([])
})

test('every function that the session defines is in the contract', () => {
  const defined = findNames(shell, /(\w+)\(\) \{/g).map((name) => name.replace(/^nmain$/, 'main'))
  expect(defined.sort()).toEqual([...sessionFunctions].sort())
})

test('so is every mark, and every open file', () => {
  const told = findNames(shell, /\bmark ([a-z]+)/g)
  expect([...new Set(told)].sort()).toEqual([...sessionMarks].sort())
  expect(unlockCall).toMatch(/^mark tell /)
  const known: readonly number[] = Object.values(sessionDescriptors)
  expect(
    findNames(shell, /\b(\d)>(?:&-|>)/g)
      .map(Number)
      .filter((each) => !known.includes(each)),
  ).toEqual([])
})

test('no package spells a variable of the session that the contract does not know', () => {
  const packages = join(import.meta.dirname, '../..')
  const files = readdirSync(packages).flatMap((name) =>
    readdirSync(join(packages, name, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => join(packages, name, 'src', file)),
  )
  const spelled = files.flatMap((file) => findNames(readFileSync(file, 'utf8'), /\b(DF_[A-Z0-9_]+)\b/g))
  const known = new Set<string>(sessionVariables)
  expect([...new Set(spelled)].filter((name) => !known.has(name) && !/^DF_(S\d*)?$/.test(name))).toEqual([])
  expect([...known].filter((name) => !spelled.includes(name))).toEqual([])
})
