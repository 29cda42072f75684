import { DragonfabError, type ExecResult, type Executor, type OpenCommand } from '@dragonfab/core'
import { localExecutor } from '@dragonfab/run'
import type { Machine } from './machine.ts'
import { toldIn } from './told.ts'

/** What injected shell text tells of itself; see `faults/script.ts`. */
export interface Watch {
  /** What its lines begin with; nothing else prints it. */
  readonly token: string
  /** An interrupt was asked for. */
  readonly interrupt: () => void
}

type OpenOptions = NonNullable<Parameters<Executor['open']>[1]>
type OnOutput = NonNullable<OpenOptions['onOutput']>

const gone = 'the connection was lost (by this test)'

/** A connection to a machine: real commands in its folder and environment. It can be cut, as a network does it. */
export class Link implements Executor {
  readonly label: string
  readonly #machine: Machine
  readonly #watch: Watch
  readonly #local: Executor
  #lost = false
  #tearing = false

  constructor(name: string, machine: Machine, watch: Watch) {
    this.label = `test:${name}`
    this.#machine = machine
    this.#watch = watch
    this.#local = localExecutor(name)
  }

  /** Nothing more comes or goes; what runs there notices the end of its input. */
  cut(): void {
    this.#lost = true
    void this.#local.close()
  }

  /** The next command that is sent anything gets half of its first piece, then the connection is cut. */
  tear(): void {
    this.#tearing = true
  }

  async open(argv: readonly string[], options: OpenOptions = {}): Promise<OpenCommand> {
    if (this.#lost) throw new DragonfabError({ code: 'CONNECTION_LOST', host: this.label, message: gone })
    const { environment, home } = this.#machine
    // `env -i`: a host has nothing of what the environment of a test holds (NODE_OPTIONS, GIT_DIR).
    const variables = Object.entries({ ...environment, ...options.env }).map(([name, value]) => `${name}=${value}`)
    const command = await this.#local.open(['env', '-i', ...variables, ...argv], {
      ...options,
      env: {},
      cwd: options.cwd ?? home,
      onOutput: this.#hearing(options.onOutput),
    })
    return {
      write: (data) => (this.#tearing ? this.#tear(command, data) : command.write(data)),
      end: () => command.end(),
      close: () => command.close(),
      done: command.done.then((end): ExecResult => (this.#lost ? { status: undefined, lost: gone } : end)),
    }
  }

  close(): Promise<void> {
    return this.#local.close()
  }

  async #tear(command: OpenCommand, data: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(data)
    await command.write(bytes.subarray(0, Math.floor(bytes.length / 2)))
    this.cut()
    throw new Error(gone)
  }

  /** Takes what injected text tells out of the output, and does it. */
  #hearing(onOutput: OnOutput | undefined): OnOutput {
    let waits: Promise<void>[] = []
    let until: string | undefined
    let unheard = ''
    const pass: OnOutput = (stream, chunk) => {
      if (this.#lost) return
      if (until === undefined) {
        const wait = onOutput?.(stream, chunk)
        if (wait) waits.push(wait)
      } else if (stream === 'stdout') {
        unheard = (unheard + Buffer.from(chunk).toString('latin1')).slice(-500)
        if (unheard.includes(until)) this.cut()
      }
    }
    const push = toldIn(this.#watch.token, {
      output: (chunk) => void pass('stdout', chunk),
      told: ([kind, nonce]) => {
        if (kind === 'lost') this.cut()
        if (kind === 'interrupted') this.#watch.interrupt()
        // From here the client hears nothing. `<nonce> done <id> <status>` is what the session says at a script's end.
        if (kind === 'unheard') until = `${nonce} done `
      },
    })
    return (stream, chunk) => {
      waits = []
      if (stream === 'stdout') push(chunk)
      else void pass(stream, chunk)
      return waits.length ? Promise.all(waits).then(() => undefined) : undefined
    }
  }
}
