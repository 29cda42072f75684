import type { FlagName } from './flags.ts'
import type { Scan } from './scan.ts'

/** The command line's own flags, by name; of a flag that is given twice the last one counts. */
export class FlagValues {
  readonly #scan: Scan
  constructor(scanned: Scan) {
    this.#scan = scanned
  }
  texts(name: FlagName): readonly string[] {
    return this.#scan.flags.flatMap(({ flag, value }) => (flag.name === name && typeof value === 'string' ? [value] : []))
  }
  lists(name: FlagName): readonly string[] {
    const all = this.texts(name).flatMap((each) => each.split(','))
    return [...new Set(all.map((each) => each.trim()).filter(Boolean))]
  }
  isOn(name: FlagName): boolean {
    return this.#scan.flags.findLast(({ flag }) => flag.name === name)?.value === true
  }
}
