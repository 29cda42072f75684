/** One script of `--dry-run`. */
export interface PrintedScript {
  readonly host: string
  /** `release: publishing published`, `undo of release: …`, `after a failure of release` */
  readonly position: string
  readonly text: string
}

const header = /^### ([^|]+) \| (.*) \| (\d+) bytes \| sha256 [0-9a-f]{16}(?: \| uses .*)?\n/m

/** Takes what `--dry-run` printed apart: exactly as many bytes after each header as it says. */
export function parsePrintedPlan(stdout: string): readonly PrintedScript[] {
  const found: PrintedScript[] = []
  let rest = Buffer.from(stdout)
  for (;;) {
    const text = rest.toString('latin1')
    const match = header.exec(text)
    if (!match) return found
    const [whole, host = '', place = '', bytes = '0'] = match
    const at = match.index + whole.length
    // The library of a group of hosts is no script of one of them.
    if (place !== 'functions') found.push({ host, position: place, text: rest.subarray(at, at + Number(bytes)).toString() })
    rest = rest.subarray(at + Number(bytes))
  }
}

/** Those that a run which meets no failure sends. */
export function forwardScripts(printed: readonly PrintedScript[]): readonly PrintedScript[] {
  return printed.filter(({ position: place }) => !place.startsWith('undo of ') && !place.startsWith('after a failure of '))
}
