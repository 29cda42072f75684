import { interleave } from '../contender.ts'
import type { BenchOptions } from '../options.ts'
import { type Spread, spread } from '../statistics.ts'
import { table } from '../table.ts'
import { dragonfab, plainSsh } from './contenders.ts'
import { type HostEffort, startFleet } from './fleet.ts'
import { type Job, makeJob } from './job.ts'

/** The figures of one contender for a number of hosts and a round-trip time. */
export interface ReleaseFigure {
  readonly contender: string
  readonly hosts: number
  /** Round-trip time in milliseconds. */
  readonly rttMs: number
  readonly ms: Spread
  /** Relative to the reference in the same round. */
  readonly ratio: Spread
  /** The largest number of any host. Undefined without a delay, because they cannot be counted then. */
  readonly roundTrips: number | undefined
  /** CPU time of the client, and of each host. */
  readonly cpuMs: Spread
  readonly hostCpuMs: Spread
}

const reference = 'ssh'

/** Measures a release with a warm mirror, compared with one compound script over a new plain `ssh` per host. */
export async function benchRelease(options: BenchOptions, say: (line: string) => void): Promise<readonly ReleaseFigure[]> {
  const job = await makeJob()
  try {
    const figures: ReleaseFigure[] = []
    for (const hosts of options.hosts) figures.push(...(await withHosts(hosts, job, options, say)))
    say(`\n${show(figures)}\n`)
    return figures
  } finally {
    await job.remove()
  }
}

async function withHosts(count: number, job: Job, options: BenchOptions, say: (line: string) => void): Promise<readonly ReleaseFigure[]> {
  const fleet = await startFleet(count)
  try {
    const all = [
      plainSsh(reference, fleet, job),
      plainSsh('ssh-curve25519', fleet, job, '-o KexAlgorithms=curve25519-sha256'),
      await dragonfab('dragonfab-ts', fleet, job, 'ts'),
      await dragonfab('dragonfab-mjs', fleet, job, 'mjs'),
    ]
    const contenders = all.filter(
      ({ name }) => name === reference || !options.only.length || options.only.some((each) => name.includes(each)),
    )
    for (const { name } of contenders) await fleet.prepare(name, job)
    let commit = ''
    const between = async () => {
      commit = await job.next()
    }
    const efforts = new Map<string, HostEffort[]>()
    const after = async (name: string) => {
      efforts.set(name, [...(efforts.get(name) ?? []), await fleet.effort()])
      await fleet.assert(name, job, commit)
    }
    say(`${count} host${count > 1 ? 's' : ''}: warming up`)
    // From now on every release removes an old one, and the mirrors are complete.
    await interleave(contenders, { rounds: job.keep + 1, between, after })
    const figures: ReleaseFigure[] = []
    for (const rttMs of options.delays) {
      for (const proxy of fleet.proxied.proxies) proxy.delayMs = rttMs / 2
      efforts.clear()
      say(`${count} host${count > 1 ? 's' : ''}, ${rttMs} ms: ${options.rounds} rounds`)
      const times = await interleave(contenders, { rounds: options.rounds, between, after })
      const beside = times.get(reference) ?? []
      for (const { name } of contenders) {
        const own = times.get(name) ?? []
        const onHosts = efforts.get(name) ?? []
        figures.push({
          contender: name,
          hosts: count,
          rttMs,
          ms: spread(own.map(({ ms }) => ms)),
          ratio: spread(own.map(({ ms }, round) => ms / (beside[round]?.ms ?? Number.NaN))),
          roundTrips: rttMs >= 50 ? spread(onHosts.map(({ roundTrips }) => roundTrips)).median : undefined,
          cpuMs: spread(own.map(({ cpuMs }) => cpuMs)),
          hostCpuMs: spread(onHosts.map(({ cpuMs }) => cpuMs)),
        })
      }
    }
    return figures
  } finally {
    await fleet.stop()
  }
}

function show(figures: readonly ReleaseFigure[]): string {
  const rows = figures.map(({ contender, hosts, rttMs, ms, ratio, roundTrips, cpuMs, hostCpuMs }) => [
    String(hosts),
    `${rttMs} ms`,
    contender,
    `${ms.median.toFixed(0)} (${ms.low.toFixed(0)}–${ms.high.toFixed(0)})`,
    `${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})`,
    roundTrips === undefined ? '' : String(roundTrips),
    cpuMs.median.toFixed(0),
    hostCpuMs.median.toFixed(0),
  ])
  return table([
    [
      'hosts',
      'RTT',
      'contender',
      'ms, median (quartiles)',
      `relative to ${reference}`,
      'round trips',
      'client CPU, ms',
      'CPU per host, ms',
    ],
    ...rows,
  ])
}
