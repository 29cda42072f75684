import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'

/** Linux counts in hundredths of a second on all architectures of Debian. */
const tickMs = 10

/** CPU time in milliseconds of all ended descendants of this process. Unlike wall-clock time, it does not grow with other load. */
export function childrenCpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8')
  // The name is in parentheses and may contain any character. The fields after it are numbered from the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[16 - 3]) + Number(fields[17 - 3])) * tickMs
}

/** Counts the CPU time of processes and their descendants in a cgroup, because sshd does not wait for all of its children. */
export interface CpuCounter {
  /** CPU time in milliseconds since the counter was created. NaN if cgroups are not available. */
  ms(): number
  end(): void
}

export function cpuCounter(name: string, pids: readonly number[]): CpuCounter {
  const nothing = { ms: () => Number.NaN, end: () => undefined }
  const [first, second] = [`/sys/fs/cgroup/cpuacct`, `/sys/fs/cgroup`]
  const old = existsSync(`${first}/cpuacct.usage`)
  if (!old && !existsSync(`${second}/cgroup.procs`)) return nothing
  const group = `${old ? first : second}/${name}`
  try {
    mkdirSync(group)
    for (const pid of pids) writeFileSync(`${group}/cgroup.procs`, String(pid))
  } catch {
    return nothing
  }
  return {
    ms: () => {
      if (old) return Number(readFileSync(`${group}/cpuacct.usage`, 'utf8')) / 1e6
      return Number(/usage_usec (\d+)/.exec(readFileSync(`${group}/cpu.stat`, 'utf8'))?.[1]) / 1e3
    },
    end: () => rmdirSync(group),
  }
}
