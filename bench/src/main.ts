import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { benchLxc } from './lxc/lxc.ts'
import { type BenchOptions, readOptions } from './options.ts'
import { benchPostgres } from './postgres/postgres.ts'
import { benchRelease } from './release/release.ts'
import { benchStart } from './start/start.ts'
import { benchUpload } from './upload/upload.ts'

type Bench = (options: BenchOptions, say: (line: string) => void) => Promise<unknown>

const benches: Readonly<Record<string, Bench>> = {
  lxc: benchLxc,
  postgres: benchPostgres,
  release: benchRelease,
  start: benchStart,
  upload: benchUpload,
}

/** Runs the named benchmarks one after the other and returns the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv)
  const names = options.names.length ? options.names : Object.keys(benches)
  const unknown = names.filter((name) => !benches[name])
  if (unknown.length) {
    console.error(`bench: there is no benchmark ${unknown.join(', ')}; name one of ${Object.keys(benches).join(', ')}`)
    return 2
  }
  const results: Record<string, unknown> = {}
  for (const name of names) results[name] = await benches[name]?.(options, (line) => console.log(line))
  const { json } = options
  if (json === undefined) return 0
  const about = { date: new Date().toISOString().slice(0, 10), node: process.version, cores: cpus().length, rounds: options.rounds }
  writeFileSync(json, `${JSON.stringify({ ...about, results }, null, 2)}\n`)
  console.log(`wrote ${json}`)
  return 0
}
