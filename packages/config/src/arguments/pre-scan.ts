import { findFlag } from './flags.ts'

/** The parts of a command line that can be read before the project is known. */
export interface PreScan {
  /** The first word, unless it follows an unknown flag, whose value it may be. */
  readonly first: string | undefined
  readonly config: string | undefined
  readonly help: boolean
  readonly version: boolean
  readonly json: boolean
}

/** Looks at the flags that every project has. Unknown flags may belong to the project, so nothing is an error yet. */
export function preScan(argv: readonly string[]): PreScan {
  let first: string | undefined
  let unsure = false
  const values = new Map<string, string>()
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    if (word === '--') break
    if (!/^-./.test(word)) {
      if (!unsure) first ??= word
      continue
    }
    const [written = '', ...inline] = word.startsWith('--')
      ? word.split('=')
      : [word.slice(0, 2), ...(word.length > 2 ? [word.slice(2).replace(/^=/, '')] : [])]
    const flag = findFlag(written)
    if (!flag) unsure = true
    else if (!flag.value) {
      // `-vh` are two switches.
      const names = word.startsWith('--') ? [flag.name] : [...word.slice(1)].flatMap((letter) => findFlag(`-${letter}`)?.name ?? [])
      for (const name of names) values.set(name, inline.join('=') && word.startsWith('--') ? inline.join('=') : 'true')
    } else values.set(flag.name, inline.length ? inline.join('=') : (argv[++index] ?? ''))
  }
  const isOn = (name: string): boolean => !/^(false|no|off|0)?$/i.test(values.get(name) ?? '')
  return { first, config: values.get('config'), help: isOn('help'), version: isOn('version'), json: isOn('json') }
}
