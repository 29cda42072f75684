import { randomBytes } from 'node:crypto'
import type { ExecResult } from '@dragonfab/core'
import { localExecutor } from '@dragonfab/run'
import { type Lxc, mustRun, startLxc } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAttachExecutor } from '../src/attach-executor.ts'

let lxc: Lxc
beforeAll(async () => {
  lxc = await startLxc()
  await lxc.container('cell', ['lxc.init.cmd = /bin/sleep 3600'])
  await mustRun(['lxc-start', '-P', lxc.path, '-n', 'cell'])
})
afterAll(() => lxc?.stop())

async function run(
  argv: readonly string[],
  { user = 'root', stdin, ...options }: { user?: string; stdin?: Uint8Array; cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<ExecResult & { readonly out: Buffer; readonly err: string }> {
  const out: Buffer[] = []
  const err: Buffer[] = []
  const executor = createAttachExecutor(localExecutor(), { name: 'cell', path: lxc.path, user })
  const opened = await executor.open(argv, {
    ...options,
    onOutput: (stream, chunk) => void (stream === 'stdout' ? out : err).push(Buffer.from(chunk)),
  })
  if (stdin) await opened.write(stdin)
  opened.end()
  return { ...(await opened.done), out: Buffer.concat(out), err: Buffer.concat(err).toString() }
}

test('passes on every exit status, and invents none', async () => {
  const statuses = Array.from({ length: 256 }, (_, status) => status)
  const results: (number | undefined)[] = []
  for (let from = 0; from < 256; from += 16)
    results.push(
      ...(await Promise.all(statuses.slice(from, from + 16).map(async (each) => (await run(['sh', '-c', `exit ${each}`])).status))),
    )
  expect(results).toEqual(statuses)
})

test.each(['TERM', 'KILL', 'INT', 'HUP', 'SEGV'])('a command that is ended by SIG%s does not succeed', async (signal) => {
  const direct = await mustRun(['sh', '-c', `sh -c 'kill -${signal} $$'; echo $?`])
  const inContainer = await run(['sh', '-c', `kill -${signal} $$`])
  expect(inContainer.status).not.toBe(0)
  // A shell sees the same status in the container as on the machine.
  expect((await run(['sh', '-c', `sh -c 'kill -${signal} $$'; echo $?`])).out.toString()).toBe(direct)
})

test('passes bytes unchanged both ways', async () => {
  const bytes = Buffer.concat([Buffer.from([...Array(256).keys()]), randomBytes(3_000_000), Buffer.from('\r\n\0\x03\x04\x1b')])
  const { status, out, err } = await run(['cat'], { stdin: bytes })
  expect({ status, err, equal: out.equals(bytes) }).toEqual({ status: 0, err: '', equal: true })
})

test('passes arguments, folder and variables, and nothing else of this machine', async () => {
  process.env.LEAKED_VARIABLE = 'yes'
  const words = ["it's", 'a b', '', '$HOME', '*', '-x', 'new\nline', 'ü']
  const { out } = await run(['sh', '-c', 'pwd; printf "%s|" "$@"; echo; env', 'sh', ...words], { cwd: '/var/tmp', env: { GIVEN: 'a b' } })
  const [folder, ...rest] = out.toString().split('\n')
  expect(folder).toBe('/var/tmp')
  expect(rest.join('\n')).toContain(`${words.join('|')}|\n`)
  expect(rest).toContain('GIVEN=a b')
  expect(rest).toContain('HOME=/root')
  expect(rest.join('\n')).not.toContain('LEAKED_VARIABLE')
  expect((await run(['true'], { cwd: '/no/such' })).status).toBe(126)
})

test('runs as a user with a login’s variables and its own session', async () => {
  const { out } = await run(['sh', '-c', 'id -un; echo "$HOME $USER $LOGNAME"; pwd'], { user: 'nobody' })
  expect(out.toString()).toMatch(/^nobody\n\S+ nobody nobody\n/)
  expect(await run(['true'], { user: 'stranger' })).toMatchObject({
    status: 126,
    err: expect.stringContaining('there is no user stranger'),
  })
  const group = (await run(['sh', '-c', 'IFS= read -r s </proc/self/stat; s=${s##*") "}; set -- $s; echo "$3 $$"'])).out.toString().trim()
  const [own, shell] = group.split(' ')
  expect(own).toBe(shell)
})

test('a command in a container that stops is lost or failed, never successful', async () => {
  await lxc.container('brief', ['lxc.init.cmd = /bin/sleep 3600'])
  await mustRun(['lxc-start', '-P', lxc.path, '-n', 'brief'])
  const executor = createAttachExecutor(localExecutor(), { name: 'brief', path: lxc.path, user: 'root' })
  let notifyOutput: () => void = () => undefined
  const running = new Promise<void>((resolve) => {
    notifyOutput = resolve
  })
  const opened = await executor.open(['sh', '-c', 'echo on; sleep 600'], { onOutput: () => notifyOutput() })
  await running
  await mustRun(['lxc-stop', '-k', '-P', lxc.path, '-n', 'brief'])
  expect((await opened.done).status).not.toBe(0)
  const late = await executor.open(['true'])
  late.end()
  expect((await late.done).status).not.toBe(0)
})
