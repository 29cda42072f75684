import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun, waitUntil } from '@dragonfab/test-kit'

/** A real ssh-agent of the test's own. */
export interface Agent {
  readonly socket: string
  add(...files: string[]): Promise<void>
  clear(): Promise<void>
  stop(): Promise<void>
}

export async function startAgent(): Promise<Agent> {
  const directory = await mkdtemp(join(tmpdir(), 'agent-'))
  const socket = join(directory, 'socket')
  const child: ChildProcess = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  await waitUntil('ssh-agent', () => existsSync(socket))
  const env = { ...process.env, SSH_AUTH_SOCK: socket }
  return {
    socket,
    add: async (...files) => void (await mustRun(['ssh-add', '-q', ...files], { env })),
    clear: async () => void (await mustRun(['ssh-add', '-q', '-D'], { env })),
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await ended
      await rm(directory, { recursive: true, force: true })
    },
  }
}
