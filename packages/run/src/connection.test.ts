import type { Executor, OpenCommand } from '@dragonfab/core'
import { expect, test } from 'vitest'
import { Connection } from './connection.ts'
import { localExecutor } from './local-executor.ts'

/** This machine, reached when `reach` is called, and what was started there. */
function farAway() {
  const local = localExecutor()
  const opened: OpenCommand[] = []
  let reach: () => void = () => undefined
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  const executor: Executor = {
    ...local,
    open: async (...given) => {
      const command = await local.open(...given)
      opened.push(command)
      return command
    },
  }
  const connect = () => reached.then(() => executor)
  const connection = new Connection('far', {
    connect,
    sudoUser: undefined,
    sudoPassword: undefined,
    actor: { owner: 'tester', machine: 'here', pid: process.pid },
  })
  return { connection, opened, reach: () => reach() }
}

test('a session that opens after the bye is closed, and no shell stays', async () => {
  const { connection, opened, reach } = farAway()
  connection.preconnect()
  await connection.end()
  reach()
  await connection.session()
  expect(opened).toHaveLength(1)
  expect(await opened[0]?.done).toMatchObject({ lost: 'closed' })
})

test('an open session receives the bye and ends by itself', async () => {
  const { connection, opened, reach } = farAway()
  reach()
  expect((await (await connection.session()).capture('echo here')).stdout).toBe('here\n')
  await connection.end()
  expect(await opened[0]?.done).toEqual({ status: 0 })
})
