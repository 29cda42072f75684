import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CommandOptions, runCommand } from '@dragonfab/test-kit'
import { build } from 'tsup'

const here = fileURLToPath(new URL('.', import.meta.url))
let built: Promise<string> | undefined

export interface ClientReport {
  readonly status?: number
  readonly bytes: number
  readonly hash: string
  readonly problem?: string
  readonly warnings: readonly string[]
  readonly rssMb: number
  readonly loadedSsh2: boolean
}

async function buildClient(): Promise<string> {
  // Within the package, so that ssh2 is found as it is when installed.
  const outDir = join(here, '../node_modules/.test-client', String(process.pid))
  await mkdir(outDir, { recursive: true })
  await build({
    config: false,
    entry: [fileURLToPath(new URL('./client.ts', import.meta.url))],
    outDir,
    format: ['esm'],
    target: 'node20',
    silent: true,
    noExternal: [/^@dragonfab\//],
    external: ['ssh2'],
    esbuildOptions: (options) => {
      options.conditions = ['dragonfab-source']
    },
  })
  return join(outDir, 'client.js')
}

/** Runs test/client.ts in a process of its own. */
export async function runClient(job: object, options: CommandOptions = {}): Promise<ClientReport> {
  built ??= buildClient()
  const result = await runCommand([process.execPath, await built, JSON.stringify(job)], options)
  if (result.status !== 0) throw new Error(`client ended with ${result.status}: ${result.stderr}`)
  return JSON.parse(result.stdout) as ClientReport
}
