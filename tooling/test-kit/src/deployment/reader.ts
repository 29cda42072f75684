import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mustRun } from '../command.ts'
import { ensureServers } from '../ensure-servers.ts'

export interface ReaderReport {
  readonly reads: number
  /** Times that the file was not there. */
  readonly missing: number
  readonly otherErrors: number
  readonly lastError: string
  /** Times that it was another file than before. A reader that saw none has shown nothing. */
  readonly switches: number
  readonly perSecond: number
}

export interface Reader {
  readonly pid: number
  stop(): Promise<ReaderReport>
}

/**
 * Opens `file` over and over in a process of its own, as a web server would `current/index.html`, and counts what it meets.
 * Resolves when it has looked once.
 *
 * @param pauseMicros between two reads; 20 by default, about 12,000 reads a second, which leaves something of the core. 0 is as fast as it can.
 */
export async function startReader(file: string, pauseMicros = 20): Promise<Reader> {
  const child = spawn(await program(), [file, String(pauseMicros)], { stdio: ['pipe', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  await Promise.race([once(child.stdout, 'data'), ended])
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      child.stdin.end()
      const status = await ended
      if (status !== 0) throw new Error(`the reader of ${file} ended with ${status}`)
      return JSON.parse(said) as ReaderReport
    },
  }
}

async function program(): Promise<string> {
  await ensureServers()
  const source = fileURLToPath(new URL('reader.c', import.meta.url))
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)
  const binary = join(tmpdir(), `dragonfab-reader-${process.getuid?.()}-${hash}`)
  if (!existsSync(binary)) {
    const unfinished = `${binary}.${process.pid}`
    await mustRun(['gcc', '-O2', '-o', unfinished, source])
    await rename(unfinished, binary)
  }
  return binary
}
