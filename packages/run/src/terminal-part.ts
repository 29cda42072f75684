import { randomBytes } from 'node:crypto'
import type { OpenCommand } from '@dragonfab/core'
import type { ScriptPart } from '@dragonfab/plan'
import type { Connection } from './connection.ts'
import { functionsOf } from './library.ts'
import { hostFieldOf, type OutputSinks, type PartRef, type PartResult, stepRefOf } from './part-result.ts'
import { toStatusProblem } from './script-part.ts'
import { readyMark } from './sudo-executor.ts'

/** The terminal of the user. */
export interface Terminal {
  readonly columns: number
  readonly rows: number
  /**
   * Hands the terminal over. `raw` passes on every typed byte, and changes of size. `own` leaves the terminal to a command on this machine,
   * which then receives Ctrl-C. Call the returned function to take the terminal back and restore it.
   */
  handOver(how: 'raw' | 'own', on: TerminalEvents): () => void
  /** Returns a promise if the terminal cannot keep up. */
  write(chunk: Uint8Array): Promise<void> | undefined
}

export interface TerminalEvents {
  onInput(bytes: Uint8Array): void
  onResize(columns: number, rows: number): void
}

/**
 * The command that is started with a terminal. The script is sent through the terminal, invisible and unchanged, so that it is on no command
 * line and in no file. For this the terminal is put into raw mode, and a mark reports it, before the first byte is sent. On this machine the
 * script comes through a pipe, and `/dev/tty` is the terminal. Ctrl-C is only for the command, so the shells that wait for it trap it.
 */
const terminalArgv: readonly string[] = [
  'sh',
  '-c',
  [
    's=',
    `if [ -t 0 ]; then s=$(stty -g); stty raw -echo; printf "\\036dragonfab terminal\\n"; fi`,
    'DF_NEWLINE=$(printf "\\nx"); DF_NEWLINE=${DF_NEWLINE%x}; IFS= read -r DF_NONCE || exit; DF_TEXT=',
    'while IFS= read -r l; do if [ "$l" = "$DF_NONCE" ]; then break; fi; DF_TEXT=$DF_TEXT$l$DF_NEWLINE; done',
    'if [ -n "$s" ]; then stty "$s"; else exec </dev/tty; fi',
    'trap : INT QUIT',
    'eval "$DF_TEXT"',
  ].join('; '),
]

/** The session's functions that a step needs. There is no session for a terminal, so these replace them. */
const sessionFunctions = `begin() { :; }
finish() { return "$2"; }
enter() { set -eu; trap : INT QUIT; }
mark() { :; }
DF_INPUT=`

/** Runs a script whose only step has a terminal, in a separate channel that receives the user's input. */
export async function runTerminal(
  connection: Connection,
  part: ScriptPart,
  at: PartRef,
  sinks: OutputSinks & { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<PartResult> {
  const { bus, terminal, signal } = sinks
  const [step] = part.steps
  if (!step) throw new Error('the script has no step')
  const stepRef = stepRefOf(step, at)
  const since = Date.now()
  bus.emit('step:start', stepRef)
  const opening = new TerminalOpening()
  let takeBack: (() => void) | undefined
  let command: OpenCommand | undefined
  const close = (): void => command?.close()
  const send = (opened: OpenCommand): Promise<void> => {
    const nonce = randomBytes(16).toString('hex')
    const library = functionsOf(part, at.target, sinks.libraries).map((each) => each.text)
    const text = [nonce, sessionFunctions, connection.assignments(), ...library, part.text, nonce, ''].join('\n')
    return opened.write(text).catch(() => undefined)
  }
  try {
    const executor = await connection.executor(part.as)
    command = await executor.open(terminalArgv, {
      tty: { columns: terminal.columns, rows: terminal.rows },
      onOutput: (_stream, chunk) => (takeBack ? terminal.write(chunk) : opening.push(chunk)),
    })
    const opened = command
    signal.addEventListener('abort', close)
    if (signal.aborted) close()
    if (opened.ownTerminal) {
      takeBack = terminal.handOver('own', { onInput: () => undefined, onResize: () => undefined })
      await send(opened)
      opened.end()
    } else if (await Promise.race([opening.ready, opened.done.then(() => false)])) {
      await send(opened)
      takeBack = terminal.handOver('raw', {
        onInput: (bytes) => void opened.write(bytes).catch(() => undefined),
        onResize: (columns, rows) => opened.resize?.(columns, rows),
      })
      await terminal.write(opening.remainder())
    }
    const { status, lost } = await opened.done
    const begun = takeBack !== undefined
    takeBack?.()
    takeBack = undefined
    bus.emit('step:end', { ...stepRef, status, ok: status === 0, warned: false, ms: Date.now() - since })
    if (status === 0) return { problems: [], lost: false, replan: false }
    if (status !== undefined && begun) return { problems: [toStatusProblem(status, at)], lost: false, replan: false, commandStatus: status }
    const cause = (begun ? '' : sinks.mask.maskText(opening.text()).trim()) || lost
    const problem =
      status === undefined
        ? { code: 'CONNECTION_LOST', message: 'the connection of the terminal was lost', ...hostFieldOf(at), cause }
        : {
            code: 'TERMINAL_REFUSED',
            message: `no terminal could be opened (status ${status})`,
            ...hostFieldOf(at),
            cause,
            remedy: 'check PermitTTY in sshd_config on the host; if sudo needs a password, use --ask-sudo-password',
          }
    return { problems: [problem], lost: status === undefined, replan: false }
  } finally {
    signal.removeEventListener('abort', close)
    takeBack?.()
  }
}

/** The output before the terminal is ready: that of a login shell, then the mark. */
class TerminalOpening {
  readonly ready: Promise<boolean>
  #opened = false
  #resolve: (opened: boolean) => void = () => undefined
  #buffer: Buffer = Buffer.alloc(0)

  constructor() {
    this.ready = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  push(chunk: Uint8Array): undefined {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    const mark = `${readyMark}\n`
    const at = this.#opened ? -1 : this.#buffer.indexOf(mark)
    if (at < 0) return
    this.#opened = true
    this.#buffer = this.#buffer.subarray(at + mark.length)
    this.#resolve(true)
  }

  text(): string {
    return this.#buffer.toString('utf8')
  }

  /** The output after the mark, before the terminal was handed over. */
  remainder(): Buffer {
    return this.#buffer
  }
}
