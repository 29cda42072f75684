// A client of its own process: for what only separate processes show (files written at once, memory, modules loaded).
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import type { SshPoolOptions, SshTarget } from '../src/index.ts'
import { createSshPool } from '../src/index.ts'

interface Job {
  readonly options: Pick<SshPoolOptions, 'configFile'>
  readonly target: SshTarget
  readonly argv: readonly string[]
  /** Milliseconds that each megabyte of output is held. */
  readonly slowMs?: number
  /** Only import, do not connect. */
  readonly idle?: boolean
}

const job = JSON.parse(process.argv[2] ?? '{}') as Job
const warnings: string[] = []
const pool = createSshPool({ ...job.options, onEvent: (event) => event.type === 'warning' && warnings.push(event.message) })
const executor = pool.executor(job.target)
let bytes = 0
let held = 0
let status: number | undefined
let problem: string | undefined
const hash = createHash('sha256')
if (!job.idle) {
  try {
    const command = await executor.open(job.argv, {
      onOutput: (_stream, chunk) => {
        bytes += chunk.length
        hash.update(chunk)
        if (!job.slowMs || bytes - held < 1_000_000) return
        held = bytes
        return new Promise((resolve) => setTimeout(resolve, job.slowMs))
      },
    })
    command.end()
    status = (await command.done).status
  } catch (error) {
    problem = String(error)
  }
}
await pool.close()
process.stdout.write(
  `${JSON.stringify({
    status,
    bytes,
    hash: hash.digest('hex'),
    problem,
    warnings,
    rssMb: process.resourceUsage().maxRSS / 1024,
    loadedSsh2: Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('/ssh2/')),
  })}\n`,
)
