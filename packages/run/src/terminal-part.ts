import { randomBytes } from 'node:crypto'
import type { OpenCommand } from '@dragonfab/core'
import type { ScriptPart } from '@dragonfab/plan'
import { readyMark } from './as-user.ts'
import type { Connection } from './connection.ts'
import { type PartEnd, type PartPlace, placeOf, type Telling } from './part.ts'
import { endOf } from './script-part.ts'

/** The terminal of who runs this. */
export interface Terminal {
  readonly columns: number
  readonly rows: number
  /**
   * Gives the terminal away: `raw` passes on every byte that is typed, and sizes; `own` leaves it to a command of this machine, which a
   * Ctrl-C then is for. The result takes it back, as it was.
   */
  lend(how: 'raw' | 'own', on: TerminalEvents): () => void
  /** A promise while it cannot keep up. */
  write(chunk: Uint8Array): Promise<void> | undefined
}

export interface TerminalEvents {
  typed(bytes: Uint8Array): void
  resized(columns: number, rows: number): void
}

/**
 * What is started with a terminal. The script comes through it, unseen and unchanged, so that it is on no command line and in no file:
 * hence raw mode, told by a mark, before a byte of it is sent. On this machine it comes through a pipe, and `/dev/tty` is the terminal.
 * The terminal's Ctrl-C is for the command alone, so the shells around it only note it.
 */
const terminalArgv: readonly string[] = [
  'sh',
  '-c',
  [
    's=',
    `if [ -t 0 ]; then s=$(stty -g); stty raw -echo; printf "\\036dragonfab terminal\\n"; fi`,
    'E=$(printf "\\nx"); E=${E%x}; IFS= read -r N || exit; X=',
    'while IFS= read -r l; do if [ "$l" = "$N" ]; then break; fi; X=$X$l$E; done',
    'if [ -n "$s" ]; then stty "$s"; else exec </dev/tty; fi',
    'trap : INT QUIT',
    'eval "$X"',
  ].join('; '),
]

/** The session's functions where there is no session: what a step needs of them. */
const functions = `begin() { :; }
finish() { return "$2"; }
enter() { set -eu; trap : INT QUIT; }
mark() { :; }
INPUT=`

/** Runs a script whose only step has a terminal: in a channel of its own, typed into from here. */
export async function runTerminal(
  connection: Connection,
  part: ScriptPart,
  at: PartPlace,
  tell: Telling & { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<PartEnd> {
  const { bus, terminal, signal } = tell
  const [step] = part.steps
  if (!step) throw new Error('a script without a step')
  const place = placeOf(step, at)
  const since = Date.now()
  bus.emit('step:start', place)
  const opening = new Opening()
  let back: (() => void) | undefined
  let command: OpenCommand | undefined
  const close = (): void => command?.close()
  const send = (opened: OpenCommand): Promise<void> => {
    const nonce = randomBytes(16).toString('hex')
    const text = `${nonce}\n${functions}\n${connection.assignments()}\n${part.text}\n${nonce}\n`
    return opened.write(text).catch(() => undefined)
  }
  try {
    const executor = await connection.executor(part.as)
    command = await executor.open(terminalArgv, {
      tty: { columns: terminal.columns, rows: terminal.rows },
      onOutput: (_stream, chunk) => (back ? terminal.write(chunk) : opening.push(chunk)),
    })
    const opened = command
    signal.addEventListener('abort', close)
    if (signal.aborted) close()
    if (opened.ownTerminal) {
      back = terminal.lend('own', { typed: () => undefined, resized: () => undefined })
      await send(opened)
      opened.end()
    } else if (await Promise.race([opening.ready, opened.done.then(() => false)])) {
      await send(opened)
      back = terminal.lend('raw', {
        typed: (bytes) => void opened.write(bytes).catch(() => undefined),
        resized: (columns, rows) => opened.resize?.(columns, rows),
      })
      await terminal.write(opening.rest())
    }
    const { status, lost } = await opened.done
    const begun = back !== undefined
    back?.()
    back = undefined
    bus.emit('step:end', { ...place, status, ok: status === 0, warned: false, ms: Date.now() - since })
    if (status === 0) return { problems: [], lost: false, replan: false }
    if (status !== undefined && begun) return { problems: [endOf(status, at.host)], lost: false, replan: false, command: status }
    const cause = (begun ? '' : tell.mask.text(opening.text()).trim()) || lost
    const problem =
      status === undefined
        ? { code: 'CONNECTION_LOST', message: 'the terminal was lost', host: at.host, cause }
        : {
            code: 'TERMINAL_REFUSED',
            message: `no terminal could be opened (status ${status})`,
            host: at.host,
            cause,
            remedy: 'see PermitTTY on the host; sudo may want a password: --ask-sudo-password',
          }
    return { problems: [problem], lost: status === undefined, replan: false }
  } finally {
    signal.removeEventListener('abort', close)
    back?.()
  }
}

/** What arrives before the terminal is ready: the chatter of a login shell, then the mark. */
class Opening {
  readonly ready: Promise<boolean>
  #opened = false
  #resolve: (opened: boolean) => void = () => undefined
  #held: Buffer = Buffer.alloc(0)

  constructor() {
    this.ready = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  push(chunk: Uint8Array): undefined {
    this.#held = Buffer.concat([this.#held, chunk])
    const mark = `${readyMark}\n`
    const at = this.#opened ? -1 : this.#held.indexOf(mark)
    if (at < 0) return
    this.#opened = true
    this.#held = this.#held.subarray(at + mark.length)
    this.#resolve(true)
  }

  text(): string {
    return this.#held.toString('utf8')
  }

  /** What came after the mark, before there was somebody to show it. */
  rest(): Buffer {
    return this.#held
  }
}
