import type { EventName, RunEvents } from '@dragonfab/core'
import { LineBuffer } from './lines.ts'
import type { Output } from './output.ts'
import type { Reporter } from './reporter.ts'
import { escapeControls, formatHosts } from './text.ts'

type HistoryEntry = Readonly<Record<string, unknown>>

/** Reads the hosts' `history.jsonl` as it arrives, and shows the runs of all hosts as one list, the newest last. */
export function historyReporter(inner: Reporter, out: Output): Reporter {
  const buffers = new Map<string, LineBuffer>()
  let order: readonly string[] = []
  const runs = new Map<string, { entry: HistoryEntry; hosts: string[] }>()
  const take = (host: string, lines: readonly string[]): void => {
    for (const line of lines) {
      const entry = parseLine(line)
      if (!entry) continue
      const key = JSON.stringify([entry.run, entry.task, entry.result])
      const known = runs.get(key)
      if (known) known.hosts.push(host)
      else runs.set(key, { entry, hosts: [host] })
    }
  }
  return {
    event<T extends EventName>(type: T, event: RunEvents[T]) {
      const output = event as RunEvents['step:output']
      if (type === 'step:output' && output.task === 'history' && output.stream === 'stdout' && output.target.kind === 'host') {
        const { name } = output.target
        const buffer = buffers.get(name) ?? new LineBuffer()
        buffers.set(name, buffer)
        take(name, buffer.push(output.text))
        return
      }
      if (type === 'run:start') order = (event as RunEvents['run:start']).hosts
      if (type === 'run:end') for (const [host, buffer] of buffers) take(host, buffer.end())
      inner.event(type, event)
      if (type === 'run:end') out.write(historyText([...runs.values()], order))
    },
    pressure: () => inner.pressure(),
    pause: () => inner.pause(),
    end: () => inner.end(),
  }
}

function historyText(
  runs: readonly { readonly entry: HistoryEntry; readonly hosts: readonly string[] }[],
  order: readonly string[],
): string {
  const sorted = runs.toSorted((a, b) => (formatWord(a.entry.when) < formatWord(b.entry.when) ? -1 : 1))
  const rows = sorted.map(({ entry, hosts }) => {
    const { when, who, machine, run: _run, environment: _environment, task: _task, command, reason, result, ...facts } = entry
    const known = Object.entries(facts).flatMap(([name, value]) => formatFact(name, formatWord(value)))
    const why = reason === undefined ? [] : [`“${formatWord(reason)}”`]
    return [
      formatWord(when).replace('T', ' ').replace('Z', ' UTC'),
      formatWord(result),
      `${formatWord(who)}@${formatWord(machine)}`,
      formatWord(command),
      formatHosts(order.filter((host) => hosts.includes(host))),
      ...known,
      ...why,
    ]
  })
  if (!rows.length) return 'no run has changed these hosts yet\n'
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `${row.map((cell, column) => (column < 4 ? cell.padEnd(widths[column] ?? 0) : cell)).join('  ')}\n`).join('')
}

/** A fact of a run. A commit is cut to ten digits. Values that are too long for a line are only in `--json`. */
function formatFact(name: string, value: string): readonly string[] {
  const short = /^[0-9a-f]{40}$|^[0-9a-f]{64}$/.test(value) ? value.slice(0, 10) : value
  return short.length > 24 ? [] : [`${name} ${short}`]
}

/** Everything here comes from a host, so control characters are escaped. */
function formatWord(value: unknown): string {
  return escapeControls(value === undefined ? '' : String(value)).replace(/\s+/g, ' ')
}

function parseLine(line: string): HistoryEntry | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as HistoryEntry) : undefined
  } catch {
    // A line that a full disk has truncated is no reason to hide the others.
    return undefined
  }
}
