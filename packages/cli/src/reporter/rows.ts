import type { RunProgress, StepRow, StepState } from './progress.ts'
import { escapeControls, formatDuration, formatHosts, type Paint, truncateText, widthOf } from './text.ts'

export interface RowLayout {
  readonly columns: number
  readonly rows: number
  readonly paint: Paint
}

/** `git: fetch`. The steps of core and of the config have no prefix. */
export function rowTitle(place: { readonly plugin: string; readonly title: string }): string {
  const title = escapeControls(place.title).replace(/\s+/g, ' ')
  return place.plugin === 'core' || place.plugin === 'config' ? title : `${place.plugin}: ${title}`
}

const hostsInState = (row: StepRow, state: StepState): readonly string[] => row.order.filter((host) => row.hosts.get(host) === state)

/** A step that has ended, on one line: `✔ git: fetch  20 hosts  1.2s`. */
export function formatDoneRow(row: StepRow, look: RowLayout): string {
  const { paint } = look
  const failed = hostsInState(row, 'failed')
  const warned = hostsInState(row, 'warned')
  const [sign, hosts] =
    failed.length > 0
      ? [paint('red', '✖'), paint('red', `failed on ${formatSomeHosts(failed, row)}`)]
      : warned.length > 0
        ? [paint('yellow', '⚠'), paint('yellow', `warning on ${formatSomeHosts(warned, row)}`)]
        : [paint('green', '✔'), paint('dim', formatHosts(row.order.filter((host) => row.hosts.has(host))))]
  return formatColumns(sign, rowTitle({ ...row.place, title: row.title }), hosts, formatDuration(row.ended - row.started), look)
}

function formatSomeHosts(names: readonly string[], row: StepRow): string {
  const list = names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} …`
  return row.hosts.size > names.length ? `${names.length} of ${row.hosts.size} hosts: ${list}` : formatHosts(names, 5)
}

/** A step that is running, with the hosts that still run it. */
export function formatLiveRow(row: StepRow, sign: string, now: number, look: RowLayout): string {
  const running = hostsInState(row, 'running')
  const all = row.hosts.size
  const who =
    all === 1 ? formatHosts(running) : `${all - running.length}/${all}  ${running.slice(0, 4).join(', ')}${running.length > 4 ? ' …' : ''}`
  return formatColumns(
    look.paint('cyan', sign),
    rowTitle({ ...row.place, title: row.title }),
    look.paint('dim', who),
    formatDuration(now - row.started),
    look,
  )
}

/** The last output of running steps: five lines of one host, or one line each of five hosts. */
export function formatTailRows(progress: RunProgress, look: RowLayout): readonly string[] {
  const hosts = [...new Set(progress.runningRows().flatMap((row) => hostsInState(row, 'running')))]
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
  return texts.map((text) => look.paint('dim', truncateText(text, look.columns - 1)))
}

function lastLines(progress: RunProgress, host: string, amount: number): readonly string[] {
  const tail = progress.tails.get(host)
  if (!tail) return []
  const open = [tail.buffers.stdout.open, tail.buffers.stderr.open].filter(Boolean)
  return [...tail.lines.slice(-amount), ...open].slice(-amount).map((line) => escapeControls(line).replaceAll('\t', '    '))
}

/** Sign, title, hosts and time, cut so that the line never wraps: a wrapped line could not be erased. */
function formatColumns(sign: string, title: string, hosts: string, time: string, look: RowLayout): string {
  const room = look.columns - 1
  const wide = Math.max(20, Math.min(44, Math.floor(room * 0.44)))
  const head = truncateText(title, Math.max(8, room - 4))
  const padded = head + ' '.repeat(Math.max(0, wide - widthOf(head)))
  return truncateText(`  ${sign} ${padded}  ${hosts}  ${look.paint('dim', time)}`, room)
}
