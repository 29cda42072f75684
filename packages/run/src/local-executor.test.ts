import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { localExecutor } from './local-executor.ts'

test('a slow reader gets all output, in order, before the end of the command', async () => {
  const taken: string[] = []
  let pid: number | undefined
  const command = await localExecutor().open(['sh', '-c', 'echo $$; sleep 0.05; printf two; sleep 0.05; printf three; printf err >&2'], {
    onOutput: async (stream, chunk) => {
      const text = `${stream} ${Buffer.from(chunk)}`
      if (stream === 'stdout') pid ??= Number.parseInt(`${Buffer.from(chunk)}`, 10)
      taken.push(`${text} begun`)
      // The command has ended before its first output is taken.
      await expect.poll(() => pid !== undefined && !isAlive(pid), { timeout: 10_000 }).toBe(true)
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
  expect(text.join('')).toBe(`${pid}\ntwothree`)
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
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    // A zombie waits only for its parent.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
