import { DragonfabError, type ExecResult, type Executor, type OpenCommand } from '@dragonfab/core'
import { localExecutor } from '@dragonfab/run'
import { filterMessages } from './filter-messages.ts'
import type { TestMachine } from './machine.ts'

/** How the messages of injected shell text are recognised; see `faults/step-lines.ts`. */
export interface FaultWatch {
  /** The beginning of each message; nothing else prints it. */
  readonly token: string
  /** Called when a message asks for an interrupt. */
  readonly interrupt: () => void
}

type OpenOptions = NonNullable<Parameters<Executor['open']>[1]>
type OnOutput = NonNullable<OpenOptions['onOutput']>

const lostMessage = 'this test cut the connection'

/** A connection to a machine: runs real commands in its folder and environment. It can be cut as by a failing network. */
export class Link implements Executor {
  readonly label: string
  readonly #machine: TestMachine
  readonly #watch: FaultWatch
  readonly #local: Executor
  #isLost = false
  #tearNext = false

  constructor(name: string, machine: TestMachine, watch: FaultWatch) {
    this.label = `test:${name}`
    this.#machine = machine
    this.#watch = watch
    this.#local = localExecutor(name)
  }

  /** Ends all traffic. What runs there notices the end of its input. */
  cut(): void {
    this.#isLost = true
    void this.#local.close()
  }

  /** The next write is sent only half, then the connection is cut. */
  tear(): void {
    this.#tearNext = true
  }

  async open(argv: readonly string[], options: OpenOptions = {}): Promise<OpenCommand> {
    if (this.#isLost) throw new DragonfabError({ code: 'CONNECTION_LOST', host: this.label, message: lostMessage })
    const { environment, home } = this.#machine
    // `env -i`: a host has nothing of what the environment of a test holds (NODE_OPTIONS, GIT_DIR).
    const variables = Object.entries({ ...environment, ...options.env }).map(([name, value]) => `${name}=${value}`)
    const command = await this.#local.open(['env', '-i', ...variables, ...argv], {
      ...options,
      env: {},
      cwd: options.cwd ?? home,
      onOutput: this.#filterOutput(options.onOutput),
    })
    return {
      write: (data) => (this.#tearNext ? this.#tear(command, data) : command.write(data)),
      end: () => command.end(),
      close: () => command.close(),
      done: command.done.then((end): ExecResult => (this.#isLost ? { status: undefined, lost: lostMessage } : end)),
    }
  }

  close(): Promise<void> {
    return this.#local.close()
  }

  async #tear(command: OpenCommand, data: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(data)
    await command.write(bytes.subarray(0, Math.floor(bytes.length / 2)))
    this.cut()
    throw new Error(lostMessage)
  }

  /** Takes the messages of injected text out of the output and acts on them. */
  #filterOutput(onOutput: OnOutput | undefined): OnOutput {
    let waits: Promise<void>[] = []
    let until: string | undefined
    let unheard = ''
    const pass: OnOutput = (stream, chunk) => {
      if (this.#isLost) return
      if (until === undefined) {
        const wait = onOutput?.(stream, chunk)
        if (wait) waits.push(wait)
      } else if (stream === 'stdout') {
        unheard = (unheard + Buffer.from(chunk).toString('latin1')).slice(-500)
        if (unheard.includes(until)) this.cut()
      }
    }
    const push = filterMessages(this.#watch.token, {
      onOutput: (chunk) => void pass('stdout', chunk),
      onMessage: ([kind, nonce]) => {
        if (kind === 'lost') this.cut()
        if (kind === 'interrupted') this.#watch.interrupt()
        // From now on the client receives nothing. The session prints `<nonce> done <id> <status>` at a script's end.
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
