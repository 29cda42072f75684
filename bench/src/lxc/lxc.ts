import { loadProject, selectHosts } from '@dragonfab/plan'
import lxc from '@dragonfab/plugin-lxc'
import { localExecutor } from '@dragonfab/run'
import { type Lxc, mustRun, runCommand, startLxc } from '@dragonfab/test-kit'
import { type Contender, interleave } from '../contender.ts'
import { childrenCpuMs } from '../cpu.ts'
import type { BenchOptions } from '../options.ts'
import { type Spread, spread } from '../statistics.ts'
import { table } from '../table.ts'

export interface LxcFigure {
  readonly how: string
  readonly ms: Spread
  /** Relative to the script in the same round. */
  readonly ratio: Spread
}

const byHand = 'lxc-copy, lxc-start'

/** Measures clone and start of an overlay container until it has an address, compared with a script. */
export async function benchLxc(options: BenchOptions, say: (line: string) => void): Promise<readonly LxcFigure[]> {
  const fixture = await startLxc()
  try {
    const contenders = [hand(fixture), plugin(fixture)]
    say(`lxc: ${options.rounds} rounds`)
    const after = async () => void (await runCommand(['lxc-destroy', '-f', '-P', fixture.path, '-n', 'one']))
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
      `\n${table([['clone and start', 'ms, median (quartiles)', 'relative to by hand'], ...figures.map(({ how, ms, ratio }) => [how, cells(ms, 0), cells(ratio, 2)])])}\n`,
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
  return contender(byHand, () => mustRun(['sh', '-c', text, path, template]))
}

/** The part of a run before its first step, in this process. */
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
      throw new Error('this benchmark does not use it')
    }
    const env = host?.env() ?? {}
    const context = {
      env,
      executor,
      directory: process.cwd(),
      readOnly: false,
      onMachine: false,
      log: () => undefined,
      as: never,
      ssh: never,
    }
    await made.connect?.(context)
  })
}
