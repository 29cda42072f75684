import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** Which measurements; all when none is named. */
  readonly names: readonly string[]
  /** Measured rounds; the warm-up is not one of them. */
  readonly rounds: number
  /** Where the figures go as JSON. */
  readonly json: string | undefined
  /** Numbers of hosts, of `release`. */
  readonly hosts: readonly number[]
  /** Round-trip times in milliseconds, of `release`. */
  readonly delays: readonly number[]
  /** Share of the files that `upload` sends; less than 1 is for trying it out. */
  readonly scale: number
  /** The size of the database, of `postgres`. */
  readonly megabytes: number
  /** Part of the names of contenders to measure; all when none is given. */
  readonly only: readonly string[]
}

const numbers = (text: string): readonly number[] => text.split(',').map(Number)

export function readOptions(argv: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      json: { type: 'string' },
      hosts: { type: 'string', default: '1,10' },
      delays: { type: 'string', default: '0,50' },
      megabytes: { type: 'string', default: '1000' },
      scale: { type: 'string', default: '1' },
      only: { type: 'string', multiple: true, default: [] },
    },
  })
  const rounds = Number(values.rounds ?? (values.quick ? 5 : 15))
  const options = {
    names: positionals,
    rounds,
    json: values.json,
    hosts: numbers(values.hosts),
    delays: numbers(values.delays),
    scale: Number(values.scale),
    megabytes: Number(values.megabytes),
    only: values.only,
  }
  if (![rounds, ...options.hosts].every((each) => Number.isInteger(each) && each > 0) || !options.delays.every((each) => each >= 0))
    throw new Error('bench: --rounds and --hosts are whole numbers above 0, --delays milliseconds')
  if (!(options.scale > 0 && options.scale <= 1)) throw new Error('bench: --scale is above 0, and 1 at most')
  return options
}
