import { loadProject, selectHosts } from '@dragonfab/plan'
import lxc from '@dragonfab/plugin-lxc'
import { localExecutor } from '@dragonfab/run'
import { command, type Lxc, must, startLxc } from '@dragonfab/test-kit'
import { type Contender, interleave } from '../contender.ts'
import { childrenCpuMs } from '../cpu.ts'
import type { BenchOptions } from '../options.ts'
import { type Spread, spread } from '../statistics.ts'
import { table } from '../table.ts'

export interface LxcFigure {
  readonly how: string
  readonly ms: Spread
  /** Beside the hand's in the same round. */
  readonly ratio: Spread
}

const byHand = 'lxc-copy, lxc-start'

/** Clone and start of an overlay container until it has an address, beside the same by hand. */
export async function benchLxc(options: BenchOptions, say: (line: string) => void): Promise<readonly LxcFigure[]> {
  const fixture = await startLxc()
  try {
    const contenders = [hand(fixture), plugin(fixture)]
    say(`lxc: ${options.rounds} rounds`)
    const after = async () => void (await command(['lxc-destroy', '-f', '-P', fixture.path, '-n', 'one']))
    await interleave(contenders, { rounds: 1, after })
    const efforts = await interleave(contenders, { rounds: options.rounds, after })
    const base = efforts.get(byHand) ?? []
    const figures = contenders.map(({ name }): LxcFigure => {
      const own = efforts.get(name) ?? []
      return {
        how: name,
        ms: spread(own.map(({ ms }) => ms)),
        ratio: spread(own.map(({ ms }, round) => ms / (base[round]?.ms ?? Number.NaN))),
      }
    })
    const cells = ({ median, low, high }: Spread, digits: number) =>
      `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`
    say(
      `\n${table([['clone and start', 'ms, median (quartiles)', 'beside the hand'], ...figures.map(({ how, ms, ratio }) => [how, cells(ms, 0), cells(ratio, 2)])])}\n`,
    )
    return figures
  } finally {
    await fixture.stop()
  }
}

function contender(name: string, act: () => Promise<unknown>): Contender {
  return {
    name,
    run: async () => {
      const [began, used] = [performance.now(), childrenCpuMs()]
      await act()
      return { ms: performance.now() - began, cpuMs: childrenCpuMs() - used }
    },
  }
}

function hand({ path, template }: Lxc): Contender {
  const text = `lxc-copy -P "$0" -n "$1" -N one -s -B overlay && lxc-start -P "$0" -n one &&
    until [ -n "$(lxc-info -P "$0" -n one -iH)" ]; do sleep 0.02; done`
  return contender(byHand, () => must(['sh', '-c', text, path, template]))
}

/** What a run does before its first step, in the process that does the rest. */
function plugin({ path }: Lxc): Contender {
  const [made] = [lxc()]
  const project = loadProject(
    { appName: 'shop', plugins: [made], environments: { lxc: { lxc: 'one', lxcPath: path, lxcClone: 'overlay' } } },
    { directory: process.cwd() },
  )
  const [host] = selectHosts(project, { environment: 'lxc' })
  return contender('plugin-lxc', async () => {
    const executor = localExecutor()
    const never = () => {
      throw new Error('not asked for here')
    }
    const env = host?.env() ?? {}
    const context = { env, executor, directory: process.cwd(), reads: false, outside: false, log: () => undefined, as: never, ssh: never }
    await made.connect?.(context)
  })
}
