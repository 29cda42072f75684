import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Process {
  readonly pid: number
  readonly parent: number
  readonly uid: number
  readonly state: string
  /** Arguments joined by spaces. */
  readonly command: string
  /** `undefined` where it may not be read. */
  readonly cwd: string | undefined
}

/** All processes of this machine, as /proc shows them. */
export function listProcesses(): Process[] {
  const found: Process[] = []
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const status = readFileSync(`/proc/${entry}/status`, 'utf8')
      const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? ''
      found.push({
        pid: Number(entry),
        parent: Number(field('PPid')),
        uid: Number(field('Uid')),
        state: field('State'),
        command: readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ').trim(),
        cwd: linkOf(`/proc/${entry}/cwd`),
      })
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return found
}

/** The children of a process, and theirs. */
export function listDescendants(pid: number, among: readonly Process[] = listProcesses()): Process[] {
  const children = among.filter((process) => process.parent === pid)
  return children.flatMap((child) => [child, ...listDescendants(child.pid, among)])
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
