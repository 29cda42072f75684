import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Executor } from '@dragonfab/core'

/** The program that rsync starts as its remote shell. It passes the command line and both streams to this process. */
const remoteShell = `import { connect } from 'node:net'
const [path, , ...argv] = process.argv.slice(2)
const socket = connect(path)
socket.write(JSON.stringify(argv) + '\\n')
process.stdin.pipe(socket)
socket.pipe(process.stdout, { end: false })
socket.on('error', () => process.exit(255))
socket.on('close', () => process.stdout.write('', () => process.exit(0)))
`

export interface Bridge {
  /** The value of `rsync -e`. */
  readonly command: string
  /** The standard error of the command on the host. */
  stderrText(): string
  close(): Promise<void>
}

/** Lets a program that starts its own remote shell run its commands through an executor: over the open connection, as the host's user. */
export async function openBridge(executor: Executor, signal: AbortSignal): Promise<Bridge> {
  // Only its owner can enter the directory, so nobody else can connect.
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-rsync-'))
  const [script, path] = [join(directory, 'shell.mjs'), join(directory, 'socket')]
  await writeFile(script, remoteShell)
  let said = ''
  const server = createServer((socket) => {
    serve(socket, executor, signal, (text) => {
      said = (said + text).slice(-10_000)
    }).catch((error: unknown) => {
      said += error instanceof Error ? error.message : String(error)
      socket.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  return {
    command: [process.execPath, script, path].map((word) => `'${word.replaceAll("'", "''")}'`).join(' '),
    stderrText: () => said.trim(),
    close: async () => {
      server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function serve(socket: Socket, executor: Executor, signal: AbortSignal, say: (text: string) => void): Promise<void> {
  socket.on('error', () => undefined)
  const input = socket[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>
  let held = Buffer.alloc(0)
  while (!held.includes(0x0a)) {
    const { value, done } = await input.next()
    if (done) return
    held = Buffer.concat([held, value])
  }
  const newline = held.indexOf(0x0a)
  const command = await executor.open(JSON.parse(held.toString('utf8', 0, newline)) as string[], {
    signal,
    onOutput: (stream, chunk) => {
      if (stream === 'stderr') return say(Buffer.from(chunk).toString())
      return new Promise((resolve) => socket.write(chunk, () => resolve()))
    },
  })
  command.done.then(
    () => socket.end(),
    () => socket.destroy(),
  )
  try {
    await command.write(held.subarray(newline + 1))
    for await (const chunk of input) await command.write(chunk)
    command.end()
  } catch {
    // The end of the command explains why it no longer reads.
    command.close()
  }
}
