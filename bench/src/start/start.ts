import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveCli } from '@dragonfab/test-kit'
import { interleave } from '../contender.ts'
import type { BenchOptions } from '../options.ts'
import { userProject } from '../project.ts'
import { type Spread, spread } from '../statistics.ts'
import { table } from '../table.ts'
import { timed } from '../timed.ts'

export interface StartFigure {
  readonly command: string
  readonly ms: Spread
  /** The time above that of an empty Node process in the same round. */
  readonly aboveNodeMs: Spread
  readonly cpuMs: Spread
}

const node = 'node -e 0'

/** Measures the start of the program: whole processes, compared with an empty Node process. */
export async function benchStart(options: BenchOptions, say: (line: string) => void): Promise<readonly StartFigure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-bench-'))
  try {
    const [typed, plain] = await Promise.all((['ts', 'mjs'] as const).map((kind) => project(join(directory, kind), kind)))
    const contenders = [
      timed(node, [process.execPath, '-e', '0'], { cwd: directory }),
      timed('--version', [...resolveCli(), '--version'], { cwd: directory }),
      timed('--help', [...resolveCli(), '--help'], { cwd: directory }),
      timed('list, config as .mjs', [...resolveCli(), 'list'], { cwd: plain }),
      timed('list, config as .ts', [...resolveCli(), 'list'], { cwd: typed }),
    ]
    say(`start: ${options.rounds} rounds`)
    await interleave(contenders, { rounds: 2 })
    const efforts = await interleave(contenders, { rounds: options.rounds })
    const nothing = efforts.get(node) ?? []
    const figures = contenders.map(({ name }): StartFigure => {
      const own = efforts.get(name) ?? []
      return {
        command: name,
        ms: spread(own.map(({ ms }) => ms)),
        aboveNodeMs: spread(own.map(({ ms }, round) => ms - (nothing[round]?.ms ?? Number.NaN))),
        cpuMs: spread(own.map(({ cpuMs }) => cpuMs)),
      }
    })
    say(`\n${show(figures)}\n`)
    return figures
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function project(directory: string, kind: 'ts' | 'mjs'): Promise<string> {
  await userProject(directory)
  await writeFile(
    join(directory, `dragonfab.config.${kind}`),
    `import git from '@dragonfab/plugin-git'
import { defineConfig } from 'dragonfab'

export default defineConfig({
  appName: 'shop',
  plugins: [git({ repo: 'https://git.example.org/shop.git' })],
  environments: { production: { hosts: ['web1.example.org', 'web2.example.org'] } },
})
`,
  )
  return directory
}

function show(figures: readonly StartFigure[]): string {
  const rows = figures.map(({ command, ms, aboveNodeMs, cpuMs }) => [
    command,
    `${ms.median.toFixed(0)} (${ms.low.toFixed(0)}–${ms.high.toFixed(0)})`,
    aboveNodeMs.median.toFixed(0),
    cpuMs.median.toFixed(0),
  ])
  return table([['command', 'ms, median (quartiles)', 'above Node, ms', 'CPU, ms'], ...rows])
}
