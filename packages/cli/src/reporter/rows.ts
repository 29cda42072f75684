import { visible } from './escape.ts'
import type { Paint } from './paint.ts'
import type { HostState, Progress, Row } from './progress.ts'
import { truncated, widthOf } from './width.ts'
import { duration, hostList } from './wording.ts'

export interface Look {
  readonly columns: number
  readonly rows: number
  readonly paint: Paint
}

/** `git: fetch`; core's own steps and the config's need no name before them. */
export function titleOf(place: { readonly plugin: string; readonly title: string }): string {
  const title = visible(place.title).replace(/\s+/g, ' ')
  return place.plugin === 'core' || place.plugin === 'config' ? title : `${place.plugin}: ${title}`
}

const namesIn = (row: Row, state: HostState): readonly string[] => row.order.filter((host) => row.hosts.get(host) === state)

/** A step that is over, on one line: `✔ git: fetch  20 hosts  1.2s`. */
export function doneRow(row: Row, look: Look): string {
  const { paint } = look
  const failed = namesIn(row, 'failed')
  const warned = namesIn(row, 'warned')
  const [sign, hosts] =
    failed.length > 0
      ? [paint('red', '✖'), paint('red', `failed on ${some(failed, row)}`)]
      : warned.length > 0
        ? [paint('yellow', '⚠'), paint('yellow', `warning on ${some(warned, row)}`)]
        : [paint('green', '✔'), paint('dim', hostList(row.order.filter((host) => row.hosts.has(host))))]
  return columnsOf(sign, titleOf({ ...row.place, title: row.title }), hosts, duration(row.ended - row.started), look)
}

function some(names: readonly string[], row: Row): string {
  const list = names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} …`
  return row.hosts.size > names.length ? `${names.length} of ${row.hosts.size} hosts: ${list}` : hostList(names, 5)
}

/** A step that still runs: who is not done yet. */
export function liveRow(row: Row, sign: string, now: number, look: Look): string {
  const running = namesIn(row, 'running')
  const all = row.hosts.size
  const who =
    all === 1 ? hostList(running) : `${all - running.length}/${all}  ${running.slice(0, 4).join(', ')}${running.length > 4 ? ' …' : ''}`
  return columnsOf(
    look.paint('cyan', sign),
    titleOf({ ...row.place, title: row.title }),
    look.paint('dim', who),
    duration(now - row.started),
    look,
  )
}

/** The last output of what runs: five lines of one host, or the last line of five. */
export function tailRows(progress: Progress, look: Look): readonly string[] {
  const hosts = [...new Set(progress.running().flatMap((row) => namesIn(row, 'running')))]
  const most = Math.max(1, Math.min(5, look.rows - 6))
  const texts =
    hosts.length === 1
      ? lastLines(progress, hosts[0] ?? '', most).map((line) => `    ${line}`)
      : hosts
          .map((host) => ({ host, at: progress.tails.get(host)?.at ?? 0, line: lastLines(progress, host, 1)[0] }))
          .filter((each) => each.line)
          .sort((a, b) => b.at - a.at)
          .slice(0, most)
          .sort((a, b) => (a.host < b.host ? -1 : 1))
          .map(({ host, line }) => `    ${host} │ ${line}`)
  return texts.map((text) => look.paint('dim', truncated(text, look.columns - 1)))
}

function lastLines(progress: Progress, host: string, amount: number): readonly string[] {
  const tail = progress.tails.get(host)
  if (!tail) return []
  const open = [tail.buffers.stdout.open, tail.buffers.stderr.open].filter(Boolean)
  return [...tail.lines.slice(-amount), ...open].slice(-amount).map((line) => visible(line).replaceAll('\t', '    '))
}

/** Sign, title, hosts and time, cut so that the line never wraps: a wrapped line could not be taken away again. */
function columnsOf(sign: string, title: string, hosts: string, time: string, look: Look): string {
  const room = look.columns - 1
  const wide = Math.max(20, Math.min(44, Math.floor(room * 0.44)))
  const head = truncated(title, Math.max(8, room - 4))
  const padded = head + ' '.repeat(Math.max(0, wide - widthOf(head)))
  return truncated(`  ${sign} ${padded}  ${hosts}  ${look.paint('dim', time)}`, room)
}
