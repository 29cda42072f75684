import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProjectUser, runCommand, startCli, startPostgres, startSshHosts } from '@dragonfab/test-kit'
import { interleave } from '../contender.ts'
import type { BenchOptions } from '../options.ts'
import { type Spread, spread } from '../statistics.ts'
import { table } from '../table.ts'

export interface PostgresFigure {
  readonly what: 'dump' | 'push'
  readonly ms: Spread
  readonly byHandMs: Spread
  readonly ratio: Spread
  /** The peak memory of the program, in MB. */
  readonly memory: number
}

/** Measures a dump and a push of one database, as whole processes, compared with pg_dump and pg_restore over ssh. */
export async function benchPostgres(options: BenchOptions, say: (line: string) => void): Promise<readonly PostgresFigure[]> {
  const [hosts, server] = await Promise.all([
    startSshHosts(1, { user: 'sudo-nopass' }),
    // Cleaning up after one contender would slow down the other.
    startPostgres({ settings: ['max_wal_size = 4GB', 'autovacuum = off'] }),
  ])
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-bench-'))
  try {
    say(`a database of ${options.megabytes} MB, ${options.rounds} rounds`)
    await server.sql('postgres', 'CREATE DATABASE shop')
    await server.sql(
      'shop',
      `CREATE TABLE part (id bigint PRIMARY KEY, words text);
INSERT INTO part SELECT g, md5(g::text) || repeat(' w' || g % 97, 100) FROM generate_series(1, ${Math.ceil(options.megabytes * 2600)}) g; CHECKPOINT`,
    )
    const env = { ...process.env, ...findProjectUser(directory, hosts.sshConfig) }
    const postgres = { host: server.socket, port: server.port, keepDumps: 1 }
    const stateDir = join(hosts.hosts[0]?.root ?? '', '.dragonfab')
    const place = { name: 'web1', path: hosts.hosts[0]?.root, stateDir }
    const environments = {
      from: { hosts: [place], postgres: { name: 'shop' } },
      to: { hosts: [place], postgres: { name: 'other', user: 'postgres' } },
    }
    await writeFile(
      join(directory, 'dragonfab.config.json'),
      JSON.stringify({ appName: 'shop', plugins: ['postgres'], postgres, environments }),
    )
    let memory = 0
    const ours = (name: string, ...words: readonly string[]) => ({
      name,
      run: async () => {
        const running = startCli(words, { cwd: directory, env, timeoutMs: 900_000 })
        const watch = setInterval(() => {
          memory = Math.max(memory, highest(running.pid))
        }, 50)
        const { status, stdout, stderr, ms } = await running.result
        clearInterval(watch)
        if (status !== 0) throw new Error(`${name}: exit status ${status}\n${stdout}${stderr}`)
        return { ms, cpuMs: 0 }
      },
    })
    const there = `sudo -n -u postgres env PGHOST=${server.socket} PGPORT=${server.port}`
    const byHand = (script: string) => ({
      name: 'by hand',
      run: async () => {
        const { status, stderr, ms } = await runCommand(['sh', '-ec', script], { cwd: directory, env, timeoutMs: 900_000 })
        if (status !== 0) throw new Error(`by hand: exit status ${status}\n${stderr}`)
        return { ms, cpuMs: 0 }
      },
    })
    const jobs = {
      dump: [byHand(`ssh web1 "${there} pg_dump -Fc shop" >hand.dump`), ours('dragonfab', 'from', 'database.dump')],
      push: [
        // As you would do it without downtime: restore beside the live database, then replace it.
        byHand(`ssh web1 "${there} createdb hand_new && ${there} pg_restore -e -d hand_new" <hand.dump
ssh web1 "${there} dropdb --if-exists hand && ${there} psql -qd postgres -c 'ALTER DATABASE hand_new RENAME TO hand'"`),
        ours('dragonfab', 'to', 'database.push'),
      ],
    }
    const figures: PostgresFigure[] = []
    for (const what of ['dump', 'push'] as const) {
      memory = 0
      const times = await interleave(jobs[what], { rounds: options.rounds })
      const [hand = [], own = []] = ['by hand', 'dragonfab'].map((name) => (times.get(name) ?? []).map(({ ms }) => ms))
      const ratio = spread(own.map((ms, round) => ms / (hand[round] ?? Number.NaN)))
      figures.push({ what, ms: spread(own), byHandMs: spread(hand), ratio, memory })
    }
    const rows = figures.map((each) => [
      each.what,
      each.byHandMs.median.toFixed(0),
      each.ms.median.toFixed(0),
      each.ratio.median.toFixed(2),
      each.memory.toFixed(0),
    ])
    say(`\n${table([['what', 'by hand, ms', 'dragonfab, ms', 'ratio', 'memory, MB'], ...rows])}\n`)
    return figures
  } finally {
    await Promise.all([hosts.stop(), server.remove(), rm(directory, { recursive: true, force: true })])
  }
}

/** The peak memory of a process, in MB. 0 if it has ended. */
function highest(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000
  } catch {
    return 0
  }
}
