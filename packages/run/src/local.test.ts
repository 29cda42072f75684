import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { localExecutor } from './local.ts'

test('whoever takes output slowly has all of it, in order, when the command is told as ended', async () => {
  const taken: string[] = []
  const command = await localExecutor().open(['sh', '-c', 'printf one; sleep 0.05; printf two; sleep 0.05; printf three; printf err >&2'], {
    onOutput: async (stream, chunk) => {
      const text = `${stream} ${Buffer.from(chunk)}`
      taken.push(`${text} begun`)
      // The command is gone long before the first of it is taken.
      await sleep(300)
      taken.push(`${text} done`)
    },
  })
  command.end()
  expect(await command.done).toEqual({ status: 0 })
  const of = (stream: string) =>
    taken
      .filter((each) => each.startsWith(stream))
      .map((each) => each.split(' ').at(-1))
      .join(' ')
  expect(of('stdout')).toMatch(/^(begun done ?)+$/)
  expect(of('stderr')).toBe('begun done')
  const text = taken.filter((each) => each.startsWith('stdout') && each.endsWith('done')).map((each) => each.split(' ')[1])
  expect(text.join('')).toBe('onetwothree')
})
