import { setMaxListeners } from 'node:events'
import { DragonfabError, type Executor, isDragonfabError } from '@dragonfab/core'
import { createKeyring } from './auth/keyring.ts'
import { type ConnectionGroup, createConnectionGroup } from './channels/connection-group.ts'
import { openCommand } from './channels/open-command.ts'
import { createConfigResolver } from './config/config-resolver.ts'
import { buildExecString } from './exec-string.ts'
import { createGate, type Gate, serializeQuestions } from './gate.ts'
import type { AcceptedKeys } from './hostkeys/verifier.ts'
import type { SshEvent, SshPoolOptions } from './options.ts'
import { makePrintable } from './options.ts'
import { checkTarget, formatTarget, type SshTarget } from './target.ts'
import { connectWithRetries } from './transport/connect-with-retries.ts'
import { type Destination, findDestination } from './transport/destination.ts'

/** Executors on hosts that are reached by SSH. Those with one address, port and user share a connection. */
export interface SshPool {
  /** Connects on its first `open`. Throws a usage error for an invalid target. */
  executor(target: SshTarget): Executor
  /** The default login user: ssh_config's, else your own name. Connects to nothing. */
  loginUser(host: string): Promise<string>
  /** Ends all connections for good. Never rejects. */
  close(): Promise<void>
}

export function createSshPool(options: SshPoolOptions = {}): SshPool {
  const onEvent = (event: SshEvent) => {
    // A listener's error must not fail a deployment.
    try {
      options.onEvent?.(event)
    } catch {
      // Ignored.
    }
  }
  const ask = serializeQuestions(options.prompt)
  const keys = createKeyring()
  const accepted: AcceptedKeys = new Map()
  const resolve = createConfigResolver(options.configFile, onEvent)
  const handshakeGate = createGate(options.maxHandshakes ?? 100)
  const gates = new Map<string, Gate>()
  const connections = new Map<string, ConnectionGroup>()
  const commands = new Set<{ close(): void }>()
  let stop = createStopController()
  let executors = 0
  let isClosed = false

  const groupFor = (destination: Destination): ConnectionGroup => {
    const existing = connections.get(destination.connectionKey)
    if (existing) return existing
    const { hostname, port } = destination.config
    const address = `${destination.via?.connectionKey ?? ''}|${hostname}|${port}`
    const perAddress = gates.get(address) ?? createGate(options.maxStartups ?? 8)
    gates.set(address, perAddress)
    const group = createConnectionGroup({
      maxSessions: options.maxSessions ?? 8,
      sessionWaitMs: options.sessionWaitMs ?? 5_000,
      connect: async () => {
        const { signal } = stop
        // Connect to jump hosts first: a connection must not hold a place in the queues while it waits for another host's place.
        const via = destination.via && (await groupFor(destination.via).anyConnection())
        const { connectTimeoutMs, keepaliveMs, keepaliveCount } = options
        const connection = await connectWithRetries(destination, [perAddress, handshakeGate], {
          ask,
          keyring: keys,
          accepted,
          onEvent,
          connectTimeoutMs,
          keepaliveMs,
          keepaliveCount,
          via,
          signal,
        })
        connection.onLost((message) => {
          if (!signal.aborted) onEvent({ type: 'lost', host: destination.name, message })
        })
        return connection
      },
    })
    connections.set(destination.connectionKey, group)
    return group
  }

  const endAll = async () => {
    stop.abort()
    // Closed here, because nobody waits for the last output of a connection that is ended on purpose.
    for (const each of commands) each.close()
    const ending = [...connections.values()]
    connections.clear()
    stop = createStopController()
    await Promise.all(ending.map((each) => each.close().catch(() => undefined)))
  }

  return {
    close: () => {
      isClosed = true
      return endAll()
    },
    loginUser: async (host) => (await resolve({ host })).user,
    executor: (target) => {
      checkTarget(target)
      const name = formatTarget(target)
      const open = new Set<{ close(): void }>()
      let closed = false
      executors++
      const openGroup = async () => {
        const { signal } = stop
        const destination = closed || isClosed ? undefined : await findDestination(target, resolve)
        if (destination && !signal.aborted) return groupFor(destination)
        throw new DragonfabError({ code: 'SSH_CLOSED', host: name, message: `the connections to ${name} were closed` })
      }
      return {
        label: `ssh:${name}`,
        open: async (argv, options = {}) => {
          const command = buildExecString(argv, options)
          options.signal?.throwIfAborted()
          // One signal may end the commands of many hosts.
          if (options.signal) setMaxListeners(0, options.signal)
          const pty = options.tty && { cols: options.tty.columns, rows: options.tty.rows, term: process.env.TERM || 'xterm' }
          const group = await openGroup()
          const onOutputHeld = () =>
            onEvent({ type: 'warning', host: name, message: `${argv[0]} has ended, but its child process still keeps the output open` })
          const opening = group.startSession((connection, onChannel) =>
            connection.exec(command, { pty }, (channel) => {
              onChannel(channel)
              return openCommand(channel, connection, { onOutput: options.onOutput, signal: options.signal, onOutputHeld })
            }),
          )
          const opened = await rejectOnAbort(opening, options.signal)
          open.add(opened)
          commands.add(opened)
          if (closed) opened.close()
          const forgetCommand = () => {
            open.delete(opened)
            commands.delete(opened)
          }
          opened.done.then(forgetCommand, forgetCommand)
          return opened
        },
        forward: async (host, port) => {
          const connection = await (await openGroup()).anyConnection()
          return connection.forward(host, port).catch((error) => {
            if (isDragonfabError(error)) throw error
            throw new DragonfabError({
              code: 'SSH_FORWARD',
              host: name,
              message: `${name} refuses to forward to ${host} port ${port}`,
              cause: makePrintable((error as Error).message),
              remedy: 'check that something listens there, and AllowTcpForwarding on the host',
            })
          })
        },
        close: async () => {
          if (closed) return
          closed = true
          for (const each of open) each.close()
          // The last executor closes the pool, because core knows executors, not pools.
          if (--executors === 0) await endAll()
        },
      }
    },
  }
}

/** A controller whose signal may have any number of listeners, one per connection. */
function createStopController(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}

/** Rejects at once on abort, even if connecting takes long. A command that still opens later is closed at once. */
function rejectOnAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
