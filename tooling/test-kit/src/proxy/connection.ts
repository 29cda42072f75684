import { connect, type Socket } from 'node:net'
import { bytesUntil, type Direction, type Fault } from './fault.ts'
import { Lane } from './lane.ts'

/** One connection through the proxy. */
export interface ProxyConnection {
  /** Bytes handed on to the server. */
  readonly up: number
  /** Bytes handed on to the client. */
  readonly down: number
  /** See {@link TcpProxy.roundTrips}. */
  readonly roundTrips: number
  readonly open: boolean
}

export interface ConnectionOptions {
  readonly index: number
  readonly to: { readonly host: string; readonly port: number }
  readonly delayMs: () => number
  readonly handshake: boolean
  readonly fault: () => Fault | undefined
  readonly fired: () => void
}

const readMs = 5

export class Connection implements ProxyConnection {
  up = 0
  down = 0
  open = true
  readonly #options: ConnectionOptions
  readonly #client: Socket
  #server: Socket | undefined
  #lanes: readonly Lane[] = []
  #stalled = false
  #atClient = 0
  #atServer = 0
  #dial: NodeJS.Timeout | undefined

  constructor(client: Socket, options: ConnectionOptions) {
    this.#options = options
    this.#client = client
    client.on('error', () => this.cut('rst'))
    client.on('close', () => this.#closeSide())
    // What a network would take to open the connection: one round trip for the client, half a one more until the server
    // hears of it. The client's kernel has opened it already, so whatever it says is held back for that time.
    const trip = options.handshake ? options.delayMs() * 2 : 0
    if (options.handshake) this.#atClient = 1
    const opensAt = performance.now() + trip + options.delayMs()
    if (trip > 0) this.#dial = setTimeout(() => this.#reach(opensAt), trip + options.delayMs())
    else this.#reach(0)
  }

  get roundTrips(): number {
    return this.#atClient
  }

  stall(): void {
    this.#stalled = true
    for (const lane of this.#lanes) lane.hold()
  }

  resume(): void {
    this.#stalled = false
    for (const lane of this.#lanes) lane.release()
  }

  cut(how: Fault['how']): void {
    if (how === 'stall') this.stall()
    if (how === 'stall' || !this.open) return
    this.open = false
    clearTimeout(this.#dial)
    for (const lane of this.#lanes) lane.close()
    for (const socket of [this.#client, this.#server]) {
      if (!socket) continue
      if (how === 'rst') reset(socket)
      // `end` sends what was written, then FIN; what still comes is read and dropped, for unread bytes turn a close into a reset.
      else socket.end(() => socket.destroySoon())
    }
  }

  #reach(opensAt: number): void {
    const client = this.#client
    const server = connect({ ...this.#options.to, noDelay: true, allowHalfOpen: true })
    this.#server = server
    this.#atServer = this.#atClient + 1
    server.on('error', () => this.cut('rst'))
    server.on('close', () => this.#closeSide())
    const { delayMs } = this.#options
    this.#lanes = [
      new Lane({
        from: client,
        to: server,
        delayMs,
        opensAt,
        depth: () => this.#atClient,
        deliver: (bytes, depth) => {
          this.#pass('up', bytes, server)
          this.#atServer = Math.max(this.#atServer, depth + 1)
        },
      }),
      new Lane({
        from: server,
        to: client,
        delayMs,
        opensAt: 0,
        depth: () => this.#atServer,
        deliver: (bytes, depth) => {
          this.#pass('down', bytes, client)
          this.#atClient = Math.max(this.#atClient, depth)
        },
      }),
    ]
    if (this.#stalled) this.stall()
  }

  #pass(direction: Direction, bytes: Buffer, to: Socket): void {
    const fault = this.#options.fault()
    const passing = { direction, bytes, before: this[direction], connection: this.#options.index }
    const until = fault && bytesUntil(fault, passing)
    const now = until === undefined ? bytes : bytes.subarray(0, until)
    this[direction] += now.length
    if (!fault || until === undefined) {
      to.write(now)
      return
    }
    this.#options.fired()
    if (fault.how === 'rst' && now.length > 0) {
      // A reset drops what was not sent yet, and a receiver that finds it together with the last bytes may take it for an
      // orderly end (libuv does). So the bytes get a moment to be read.
      for (const lane of this.#lanes) lane.hold()
      to.write(now, () => setTimeout(() => this.cut('rst'), readMs))
      return
    }
    if (now.length > 0) to.write(now)
    this.cut(fault.how)
  }

  #closeSide(): void {
    const over = this.#client.destroyed && (!this.#server || this.#server.destroyed)
    if (over) {
      this.open = false
      for (const lane of this.#lanes) lane.close()
    }
  }
}

/** `resetAndDestroy` sends a FIN before the RST, and the other side may act on it. */
function reset(socket: Socket): void {
  Object.assign(socket, { resetAndClosing: true })
  socket.destroy()
}
