import { readFileSync, statSync } from 'node:fs'

/** Whether anybody holds the lock of a file by flock(2), as the kernel tells it: asking with flock(1) could itself be in somebody's way. */
export function isHeld(file: string): boolean {
  const inode = statSync(file, { throwIfNoEntry: false })?.ino
  if (inode === undefined) return false
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .some((line) => / FLOCK +ADVISORY +WRITE /.test(line) && !line.includes('->') && line.includes(`:${inode} `))
}

/** Who wrote that they hold it: seconds since the epoch by the host's clock, and what they told of themselves. */
export function holderIn(file: string): { readonly since: number; readonly holder: Readonly<Record<string, unknown>> } | undefined {
  const match = /^(\d+) (\{.*\})$/m.exec(readFileSync(file, 'utf8'))
  return match ? { since: Number(match[1]), holder: JSON.parse(match[2] ?? '{}') } : undefined
}
