import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureServers, mustRun } from '@dragonfab/test-kit'
import { interleave } from '../contender.ts'
import type { BenchOptions } from '../options.ts'
import { type Fleet, startFleet } from '../release/fleet.ts'
import { type Spread, spread } from '../statistics.ts'
import { table } from '../table.ts'
import { connectDragonfab, connectRsync } from './connected.ts'
import { dragonfab, type Place, rsync, tarOverSsh, type Uploading } from './contenders.ts'
import { changeOne, type Job, jobs, makeFolder } from './job.ts'

/** One contender with one job over one distance. */
export interface UploadFigure {
  readonly job: string
  readonly contender: string
  /** What it is put beside. */
  readonly reference: string
  /** Round-trip time in milliseconds. */
  readonly rttMs: number
  readonly ms: Spread
  /** Beside the reference in the same round. */
  readonly ratio: Spread
  /** Undefined where they cannot be counted: without a delay, and over a connection that stands. */
  readonly roundTrips: number | undefined
  readonly cpuMs: Spread
  readonly hostCpuMs: Spread | undefined
}

/** What is measured side by side; the first one is what the others are put beside. */
interface Group {
  readonly contenders: readonly Uploading[]
  /** Connections that stand hide how many round trips one upload takes, and what the host did for it. */
  readonly effort: ((name: string) => Promise<{ readonly roundTrips: number; readonly cpuMs: number }>) | undefined
}

/** A folder that is sent to one host beside rsync and `tar | ssh`: as whole processes, and as a step over a connection that stands. */
export async function benchUpload(options: BenchOptions, say: (line: string) => void): Promise<readonly UploadFigure[]> {
  await ensureServers({ rsync: 'rsync' })
  const fleet = await startFleet(1)
  try {
    const figures: UploadFigure[] = []
    for (const job of jobs.map((each) => ({ ...each, files: Math.ceil(each.files * options.scale) })))
      figures.push(...(await measureJob(fleet, job, options, say)))
    say(`\n${show(figures)}\n`)
    return figures
  } finally {
    await fleet.stop()
  }
}

async function measureJob(fleet: Fleet, job: Job, options: BenchOptions, say: (line: string) => void): Promise<readonly UploadFigure[]> {
  const folder = join(fleet.cluster.directory, 'folder')
  await makeFolder(folder, job)
  const place = { fleet, folder, job }
  const wanted = (all: readonly Uploading[]) =>
    all.filter(({ name }, index) => index === 0 || !options.only.length || options.only.some((each) => name.includes(each)))
  try {
    const whole: readonly Uploading[] = [
      rsync('rsync', place),
      rsync('rsync by checksum', place, ['-ac', '--copy-dest']),
      tarOverSsh('tar | ssh', place),
      await dragonfab('dragonfab', place, 'copy'),
      ...(job.warm ? [await dragonfab('dragonfab, links', place, 'link')] : []),
    ]
    const figures = await measure(place, { contenders: wanted(whole), effort: () => fleet.effort() }, options, say)
    const connected = [
      await connectRsync('rsync, connected', place),
      await connectDragonfab('dragonfab, connected', place, 'copy'),
      ...(job.warm ? [await connectDragonfab('dragonfab, connected, links', place, 'link')] : []),
    ]
    try {
      return [...figures, ...(await measure(place, { contenders: wanted(connected), effort: undefined }, options, say))]
    } finally {
      for (const each of connected) await each.end()
      await fleet.effort()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measure(
  { fleet, folder, job }: Place,
  { contenders, effort }: Group,
  options: BenchOptions,
  say: (line: string) => void,
): Promise<readonly UploadFigure[]> {
  let round = 0
  const reference = contenders[0]?.name ?? ''
  const between = () => changeOne(folder, job, ++round)
  const efforts = new Map<string, { readonly roundTrips: number; readonly cpuMs: number }[]>()
  const after = async (name: string) => {
    if (effort) efforts.set(name, [...(efforts.get(name) ?? []), await effort(name)])
    const filled = contenders.find((each) => each.name === name)?.last() ?? ''
    await mustRun(['diff', '-r', folder, filled])
  }
  const figures: UploadFigure[] = []
  try {
    await interleave(contenders, { rounds: 1, between, after })
    for (const rttMs of options.delays) {
      for (const proxy of fleet.proxied.proxies) proxy.delayMs = rttMs / 2
      efforts.clear()
      say(`${job.name}, ${rttMs} ms, compared with ${reference}: ${options.rounds} rounds`)
      const times = await interleave(contenders, { rounds: options.rounds, between, after })
      const beside = times.get(reference) ?? []
      for (const { name } of contenders) {
        const own = times.get(name) ?? []
        const onHost = efforts.get(name)
        figures.push({
          job: job.name,
          contender: name,
          reference,
          rttMs,
          ms: spread(own.map(({ ms }) => ms)),
          ratio: spread(own.map(({ ms }, index) => ms / (beside[index]?.ms ?? Number.NaN))),
          roundTrips: onHost && rttMs >= 50 ? spread(onHost.map(({ roundTrips }) => roundTrips)).median : undefined,
          cpuMs: spread(own.map(({ cpuMs }) => cpuMs)),
          hostCpuMs: onHost && spread(onHost.map(({ cpuMs }) => cpuMs)),
        })
      }
    }
  } finally {
    for (const proxy of fleet.proxied.proxies) proxy.delayMs = 0
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
    hostCpuMs?.median.toFixed(0) ?? '',
  ])
  return table([
    ['what', 'RTT', 'contender', 'ms, median (quartiles)', 'relative to the first', 'round trips', 'client CPU, ms', 'host CPU, ms'],
    ...rows,
  ])
}
