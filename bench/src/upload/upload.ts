import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureServers, must } from '@dragonfab/test-kit'
import { interleave } from '../contender.ts'
import type { BenchOptions } from '../options.ts'
import { type Fleet, startFleet } from '../release/fleet.ts'
import { type Spread, spread } from '../statistics.ts'
import { table } from '../table.ts'
import { dragonfab, rsync, tarOverSsh, type Uploading } from './contenders.ts'
import { changeOne, type Job, jobs, makeFolder } from './job.ts'

/** One contender with one job over one distance. */
export interface UploadFigure {
  readonly job: string
  readonly contender: string
  /** Round-trip time in milliseconds. */
  readonly rttMs: number
  readonly ms: Spread
  /** Beside rsync in the same round. */
  readonly ratio: Spread
  /** Undefined without a delay, where they cannot be counted. */
  readonly roundTrips: number | undefined
  readonly cpuMs: Spread
  readonly hostCpuMs: Spread
}

const reference = 'rsync'

/** A folder that is sent to one host, as whole processes, beside rsync and `tar | ssh`. */
export async function benchUpload(options: BenchOptions, say: (line: string) => void): Promise<readonly UploadFigure[]> {
  await ensureServers({ rsync: 'rsync' })
  const fleet = await startFleet(1)
  try {
    const figures: UploadFigure[] = []
    for (const job of jobs) figures.push(...(await measure(fleet, job, options, say)))
    say(`\n${show(figures)}\n`)
    return figures
  } finally {
    await fleet.stop()
  }
}

async function measure(fleet: Fleet, job: Job, options: BenchOptions, say: (line: string) => void): Promise<readonly UploadFigure[]> {
  const folder = join(fleet.cluster.directory, 'folder')
  await makeFolder(folder, job)
  const place = { fleet, folder, job }
  const all: readonly Uploading[] = [
    rsync(reference, place),
    rsync('rsync by checksum', place, ['-ac', '--copy-dest']),
    tarOverSsh('tar | ssh', place),
    await dragonfab('dragonfab', place),
  ]
  const contenders = all.filter(
    ({ name }) => name === reference || !options.only.length || options.only.some((each) => name.includes(each)),
  )
  let round = 0
  const between = () => changeOne(folder, job, ++round)
  const efforts = new Map<string, { readonly roundTrips: number; readonly cpuMs: number }[]>()
  const after = async (name: string) => {
    efforts.set(name, [...(efforts.get(name) ?? []), await fleet.effort()])
    const filled = contenders.find((each) => each.name === name)?.last() ?? ''
    await must(['diff', '-r', folder, filled])
  }
  const figures: UploadFigure[] = []
  try {
    await interleave(contenders, { rounds: 1, between, after })
    for (const rttMs of options.delays) {
      for (const proxy of fleet.proxied.proxies) proxy.delayMs = rttMs / 2
      efforts.clear()
      say(`${job.name}, ${rttMs} ms: ${options.rounds} rounds`)
      const times = await interleave(contenders, { rounds: options.rounds, between, after })
      const beside = times.get(reference) ?? []
      for (const { name } of contenders) {
        const own = times.get(name) ?? []
        const onHost = efforts.get(name) ?? []
        figures.push({
          job: job.name,
          contender: name,
          rttMs,
          ms: spread(own.map(({ ms }) => ms)),
          ratio: spread(own.map(({ ms }, index) => ms / (beside[index]?.ms ?? Number.NaN))),
          roundTrips: rttMs >= 50 ? spread(onHost.map(({ roundTrips }) => roundTrips)).median : undefined,
          cpuMs: spread(own.map(({ cpuMs }) => cpuMs)),
          hostCpuMs: spread(onHost.map(({ cpuMs }) => cpuMs)),
        })
      }
    }
  } finally {
    for (const proxy of fleet.proxied.proxies) proxy.delayMs = 0
    await rm(folder, { recursive: true, force: true })
  }
  return figures
}

function show(figures: readonly UploadFigure[]): string {
  const rows = figures.map(({ job, contender, rttMs, ms, ratio, roundTrips, cpuMs, hostCpuMs }) => [
    job,
    `${rttMs} ms`,
    contender,
    `${ms.median.toFixed(0)} (${ms.low.toFixed(0)}–${ms.high.toFixed(0)})`,
    `${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})`,
    roundTrips === undefined ? '' : String(roundTrips),
    cpuMs.median.toFixed(0),
    hostCpuMs.median.toFixed(0),
  ])
  return table([
    ['what', 'RTT', 'who', 'ms, median (quartiles)', `beside ${reference}`, 'round trips', 'CPU here, ms', 'CPU on the host, ms'],
    ...rows,
  ])
}
