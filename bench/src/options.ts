import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** The benchmarks to run. All if none is named. */
  readonly names: readonly string[]
  /** The number of measured rounds, without the warm-up. */
  readonly rounds: number
  /** The file to write the results to, as JSON. */
  readonly json: string | undefined
  /** For `release`: numbers of hosts. */
  readonly hosts: readonly number[]
  /** For `release`: round-trip times in milliseconds. */
  readonly delays: readonly number[]
  /** For `upload`: the share of the files to send. Use less than 1 to try it out. */
  readonly scale: number
  /** For `postgres`: the size of the database. */
  readonly megabytes: number
  /** Parts of the names of contenders to measure. All if none is given. */
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
    throw new Error('bench: --rounds and --hosts must be whole numbers above 0, --delays milliseconds')
  if (!(options.scale > 0 && options.scale <= 1)) throw new Error('bench: --scale must be above 0 and at most 1')
  return options
}
