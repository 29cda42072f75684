import type { Duplex } from 'node:stream'
import { DragonfabError } from '@dragonfab/core'
import type { Channel, Client, ClientChannel, ExecOptions, PseudoTtyOptions } from 'ssh2'
import { makePrintable } from '../options.ts'
import { sendProbe, startKeepalive } from './keepalive.ts'

/** An authenticated connection. */
export interface SshConnection {
  /** For people. */
  readonly name: string
  /** Why the connection was lost. `undefined` while it is open. */
  lostReason(): string | undefined
  /** Calls the listener once when the connection is lost. Returns a function that removes the listener. */
  onLost(listener: (why: string) => void): () => void
  /** Starts a command. `begin` is called in the same turn, because the end of a short command may arrive in the same packet as its start. */
  exec<T>(command: string, options: { readonly pty?: PseudoTtyOptions | undefined }, begin: (channel: ClientChannel) => T): Promise<T>
  /** Opens a TCP stream to an address as seen from the host. */
  forward(host: string, port: number): Promise<Channel>
  /** Resolves with whether the host answered. If so, everything that it sent before has arrived. */
  ping(): Promise<boolean>
  /** Ends it at once. Never rejects. */
  close(): Promise<void>
}

export interface ConnectionParts {
  readonly name: string
  readonly client: Client
  readonly stream: Duplex
  readonly forwardAgent: boolean
  readonly keepaliveMs: number
  readonly keepaliveCount: number
  readonly onWarning: (message: string) => void
}

/** Milliseconds to wait until the network has accepted our last message. */
const farewellMs = 1_000

export function createConnection(parts: ConnectionParts): SshConnection {
  const { client, stream, name } = parts
  const listeners = new Set<(why: string) => void>()
  let why: string | undefined
  let reason: string | undefined
  let forwardAgent = parts.forwardAgent
  let resolveClosed: () => void = () => undefined
  const closed = new Promise<void>((resolve) => {
    resolveClosed = resolve
  })
  const stopKeepalive = startKeepalive(client, stream, {
    intervalMs: parts.keepaliveMs,
    count: parts.keepaliveCount,
    onDead: () => {
      reason = `no answer for ${Math.round((parts.keepaliveMs * parts.keepaliveCount) / 1000)} s`
      stream.destroy()
      markEnded()
    },
  })
  const markEnded = () => {
    if (why !== undefined) return
    why = reason ?? 'the host closed the connection'
    stopKeepalive()
    for (const listener of listeners) listener(why)
    resolveClosed()
  }
  // ssh2 may emit several errors, even after the end. Each needs a listener. The first one is the reason.
  client.on('error', (error: Error & { level?: string }) => {
    if (error.level !== 'agent') reason ??= makePrintable(error.message)
  })
  // With unsent data on a dead network, the socket would wait for ever between `end` and `close`.
  client.on('end', () => stream.destroy())
  client.on('close', markEnded)

  /** Converts a method of ssh2 to a promise: it may call back, throw, or do neither if the connection is lost. */
  const callSsh2 = <C extends Channel, T>(
    start: (done: (error: Error | undefined, channel: C) => void) => void,
    begin: (channel: C) => T,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      const fail = (error: Error & { reason?: unknown }) => {
        // Errors with a reason are passed on, because callers distinguish them.
        const isDescribed = error.reason !== undefined || /agent forwarding/.test(error.message)
        reject(why !== undefined ? lostError(name, why) : isDescribed ? error : refusedError(name, error))
      }
      if (why !== undefined) return reject(lostError(name, why))
      const onLost = (because: string) => reject(lostError(name, because))
      listeners.add(onLost)
      try {
        start((error, channel) => {
          listeners.delete(onLost)
          if (error) fail(error)
          else resolve(begin(channel))
        })
      } catch (error) {
        listeners.delete(onLost)
        fail(error as Error)
      }
    })

  return {
    name,
    lostReason: () => why,
    onLost: (listener) => {
      if (why === undefined) listeners.add(listener)
      else listener(why)
      return () => void listeners.delete(listener)
    },
    exec: async (command, { pty }, begin) => {
      const exec = (agentForward: boolean) => callSsh2((done) => client.exec(command, execOptions(agentForward, pty), done), begin)
      try {
        return await exec(forwardAgent)
      } catch (error) {
        if (!forwardAgent || !/agent forwarding/.test((error as Error).message)) throw error
        // OpenSSH also continues if the host refuses the agent.
        forwardAgent = false
        parts.onWarning('the host refuses agent forwarding (AllowAgentForwarding); continuing without it')
        return exec(false)
      }
    },
    forward: (host, port) =>
      callSsh2(
        (done) => client.forwardOut('127.0.0.1', 0, host, port, done),
        (channel) => channel.on('error', () => undefined),
      ),
    ping: () => new Promise((resolve) => (why === undefined ? sendProbe(client, resolve) : resolve(false))),
    close: async () => {
      let timer: NodeJS.Timeout | undefined
      reason ??= 'closed on this machine'
      try {
        client.end()
      } catch {
        // It had already ended.
      }
      // Once the last message is sent, there is no need to wait: waiting for the host's answer would take a round trip.
      const sent = new Promise<void>((resolve) => (stream.writableFinished ? resolve() : stream.once('finish', resolve)))
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, farewellMs)
      })
      await Promise.race([sent, closed, limit])
      clearTimeout(timer)
      stream.destroy()
      markEnded()
    },
  }
}

function lostError(name: string, why: string): DragonfabError {
  return new DragonfabError({
    code: 'SSH_LOST',
    host: name,
    message: `the connection to ${name} was lost`,
    cause: why,
    remedy: 'check the network and the host, then try again',
  })
}

function refusedError(name: string, error: Error): DragonfabError {
  return new DragonfabError({
    code: 'SSH_EXEC',
    host: name,
    message: `${name} did not start the command`,
    cause: makePrintable(error.message),
    remedy: "check the host's sshd log: ForceCommand, PermitTTY, or a refused channel",
  })
}

/** `agentForward` is a documented option of `exec` (ssh2's README) that its types leave out. */
function execOptions(agentForward: boolean, pty: PseudoTtyOptions | undefined): ExecOptions {
  const options: ExecOptions & { readonly agentForward: boolean } = { agentForward, ...(pty ? { pty } : {}) }
  return options
}
