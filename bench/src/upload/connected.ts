import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { mustRun, waitUntil } from '@dragonfab/test-kit'
import { timed } from '../timed.ts'
import { type Place, places, type Uploading } from './contenders.ts'

/** A program that uploads over an open connection, as a step of a deployment does. End it after use. */
export interface ConnectedProgram extends Uploading {
  end(): Promise<void>
}

/** Measures only the step: without the program's start, the connection and the lock. */
export async function connectDragonfab(name: string, place: Place, unchanged: 'copy' | 'link'): Promise<ConnectedProgram> {
  const { fleet, folder } = place
  const { root, now, next } = places(name, place)
  const script = fileURLToPath(new URL('connected.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, fleet.proxied.sshConfig, fleet.cluster.directory], {
    env: { ...process.env, ...fleet.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async (): Promise<{ readonly cpuMs: number }> => {
    const { value, done } = await answers.next()
    if (done) throw new Error(`${name}: ended before it was asked to`)
    const said = JSON.parse(value) as { readonly cpuMs: number; readonly error?: string }
    if (said.error !== undefined) throw new Error(`${name}: ${said.error}`)
    return said
  }
  await answer()
  return {
    name,
    last: now,
    run: async () => {
      await next()
      const since = performance.now()
      child.stdin.write(`${JSON.stringify({ from: folder, to: now(), state: `${root}/.dragonfab`, unchanged })}\n`)
      const { cpuMs } = await answer()
      return { ms: performance.now() - since, cpuMs }
    },
    end: () => ended(child, () => child.stdin.end()),
  }
}

/** rsync over an open ssh connection (ControlMaster). */
export async function connectRsync(name: string, place: Place): Promise<ConnectedProgram> {
  const { fleet, folder, job } = place
  const { now, before, next } = places(name, place)
  const config = fleet.proxied.sshConfig
  const socket = join(fleet.cluster.directory, `master-${job.name.replaceAll(/\W+/g, '-')}`)
  const ssh = `ssh -F ${config} -o ControlPath=${socket}`
  const master = spawn('ssh', ['-F', config, '-o', `ControlPath=${socket}`, '-M', '-N', 'web1'], {
    env: { ...process.env, ...fleet.env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await waitUntil('the connection of ssh', () => existsSync(socket))
  await mustRun(['ssh', '-F', config, '-o', `ControlPath=${socket}`, '-O', 'check', 'web1'])
  const argv = () => ['rsync', '-a', ...(job.warm ? [`--link-dest=${before()}`] : []), '-e', ssh, `${folder}/`, `web1:${now()}/`]
  return {
    ...timed(name, argv, { env: fleet.env, before: next }),
    last: now,
    end: () => ended(master, () => master.kill()),
  }
}

async function ended(child: ChildProcess, end: () => void): Promise<void> {
  const over = new Promise((resolve) => child.once('exit', resolve))
  end()
  await over
}
