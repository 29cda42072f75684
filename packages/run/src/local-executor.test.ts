import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { localExecutor } from './local-executor.ts'

test('a slow reader gets all output, in order, before the end of the command', async () => {
  const taken: string[] = []
  const command = await localExecutor().open(['sh', '-c', 'printf one; sleep 0.05; printf two; sleep 0.05; printf three; printf err >&2'], {
    onOutput: async (stream, chunk) => {
      const text = `${stream} ${Buffer.from(chunk)}`
      taken.push(`${text} begun`)
      // The command has ended long before its first output is taken.
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

test('what a command started ends with it when it is aborted', async () => {
  const stop = new AbortController()
  let pid = 0
  const command = await localExecutor().open(['sh', '-c', 'sleep 60 & echo $!; wait'], {
    signal: stop.signal,
    onOutput: (_, chunk) => {
      pid = Number(Buffer.from(chunk).toString())
      stop.abort()
    },
  })
  command.end()
  expect((await command.done).status).toBeUndefined()
  for (let tries = 0; tries < 100 && isAlive(pid); tries++) await sleep(20)
  expect(isAlive(pid)).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    // A zombie waits only for its parent.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
