import { describeTarget, type RunEvents } from '@dragonfab/core'
import { escapeControls, formatCount, type Paint } from './text.ts'

/** `production · deploy · 20 hosts · release 240101-120000`. */
export function startLine(event: RunEvents['run:start'], paint: Paint): string {
  const hosts = event.hosts.length <= 5 ? event.hosts.join(', ') : formatCount(event.hosts.length, 'host')
  const release = event.release ? ` · release ${event.release}` : ''
  return escapeControls(
    `${paint('bold', event.environment)} · ${event.command.join(' ')} · ${hosts}${release}`.replace(/[\n\t]/g, ' '),
  ).replace(event.environment, paint('bold', event.environment))
}

export function phaseLine(event: RunEvents['phase:start'], paint: Paint): string {
  const name = event.phase === event.task ? event.task : `${event.task}: ${event.phase}`
  return event.undoing ? paint('yellow', `↩ undoing ${name}`) : paint('dim', `▸ ${name}`)
}

export function noteLine(event: RunEvents['note'], paint: Paint): string {
  const place = event.target === undefined ? '' : `${describeTarget(event.target)}: `
  const text = escapeControls(`${place}${event.message}`)
  return event.level === 'warning' ? `${paint('yellow', '⚠')} ${text}` : `${paint('blue', 'ℹ')} ${text}`
}

export function waitingLine(event: RunEvents['lock:waiting'], now: number): string {
  const secondsLeft = Math.max(0, Math.round((event.untilMs - now) / 1000))
  return `${event.host}: ${escapeControls(event.holder).replace(/\s+/g, ' ')} · waiting for at most ${secondsLeft}s more`
}

export function observerLine(event: RunEvents['observer:failed'], paint: Paint): string {
  return `${paint('yellow', '⚠')} ${escapeControls(`${event.plugin}: its observer of ${event.event} failed: ${event.message}`)}`
}
