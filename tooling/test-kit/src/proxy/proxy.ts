import { createServer, type Server } from 'node:net'
import { Connection, type ProxyConnection } from './connection.ts'
import type { Fault } from './fault.ts'

export interface ProxyOptions {
  readonly to: { readonly host: string; readonly port: number }
  /** Milliseconds that a byte takes one way, so half the round-trip time; 0 by default. */
  readonly delayMs?: number | undefined
  /** Whether opening a connection takes a round trip too, as on a network (and counts as one); yes by default. */
  readonly handshake?: boolean | undefined
  readonly fault?: Fault | undefined
}

/** A TCP proxy on 127.0.0.1 that delays, stalls and cuts. */
export interface TcpProxy {
  readonly address: string
  readonly port: number
  /** All connections since the start or the last {@link reset}, in order. */
  readonly connections: readonly ProxyConnection[]
  /** Bytes handed on, over all of {@link connections}. */
  readonly bytes: { readonly up: number; readonly down: number }
  /** How many injected faults have fired. A suite that injects faults must see this grow. */
  readonly fired: number
  /** One way; a change counts for what comes in afterwards. */
  delayMs: number
  /**
   * Round trips, summed over {@link connections}: the length of the longest chain in which each message was sent only
   * after the one before it had arrived on that side. Each end keeps a count; a chunk carries its sender's count when it
   * comes in; handed on to the server it makes the server's count at least one more than it carries, handed on to the
   * client at least what it carries. The client's count is the result. Messages that cross on the way, or that are sent
   * one after another without waiting, add nothing. The opening of the connection counts as one.
   *
   * It says how long the wire kept a client waiting only where the delay is well above the time that the ends need
   * (25 ms is plenty); without a delay it is the number of changes of direction, an upper bound that depends on chance.
   */
  roundTrips(): number
  /** Lets something go wrong: see {@link Fault}. One at a time; a new one replaces one that has not fired. */
  inject(fault: Fault): void
  /** Takes back an injected fault that has not fired. */
  clear(): void
  /** A black hole, for present and future connections, until {@link resume}. */
  stall(): void
  resume(): void
  /** New connections are refused, open ones stay, until {@link accept}. */
  refuse(): Promise<void>
  accept(): Promise<void>
  /** Forgets closed connections and sets {@link fired} to 0. */
  reset(): void
  stop(): Promise<void>
}

export async function startProxy(options: ProxyOptions): Promise<TcpProxy> {
  const address = '127.0.0.1'
  let all: Connection[] = []
  let delayMs = options.delayMs ?? 0
  let fault = options.fault
  let fired = 0
  let index = 0
  let stalled = false
  let server: Server | undefined
  const fire = () => {
    fault = undefined
    fired++
  }
  const listen = (port: number) =>
    new Promise<Server>((resolve, reject) => {
      const made = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
        const connection = new Connection(socket, {
          index: index++,
          to: options.to,
          delayMs: () => delayMs,
          handshake: options.handshake ?? true,
          fault: () => fault,
          fired: fire,
        })
        all.push(connection)
        if (stalled) connection.stall()
      })
      made.once('error', reject)
      made.listen(port, address, () => resolve(made))
    })
  const unlisten = async () => {
    server?.close()
    server = undefined
  }
  server = await listen(0)
  const bound = server.address()
  const port = typeof bound === 'object' && bound ? bound.port : 0
  const sum = (of: (connection: Connection) => number) => all.reduce((total, connection) => total + of(connection), 0)
  return {
    address,
    port,
    get connections() {
      return all
    },
    get bytes() {
      return { up: sum((connection) => connection.up), down: sum((connection) => connection.down) }
    },
    get fired() {
      return fired
    },
    get delayMs() {
      return delayMs
    },
    set delayMs(value) {
      delayMs = value
    },
    roundTrips: () => sum((connection) => connection.roundTrips),
    inject: (next) => {
      if (next.after || next.when) {
        fault = next
        return
      }
      const open = all.filter((connection) => connection.open)
      for (const connection of open) connection.cut(next.how)
      if (open.length > 0) fired++
    },
    clear: () => {
      fault = undefined
    },
    stall: () => {
      stalled = true
      for (const connection of all) connection.stall()
    },
    resume: () => {
      stalled = false
      for (const connection of all) connection.resume()
    },
    refuse: unlisten,
    accept: async () => {
      server ??= await listen(port)
    },
    reset: () => {
      all = all.filter((connection) => connection.open)
      fired = 0
    },
    stop: async () => {
      await unlisten()
      for (const connection of all) connection.cut('rst')
    },
  }
}
