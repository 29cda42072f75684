import { setMaxListeners } from 'node:events'
import { DragonfabError, type Executor, isDragonfabError } from '@dragonfab/core'
import { keyring } from './auth/keyring.ts'
import { openCommand } from './channels/open-command.ts'
import { type Shared, shared } from './channels/shared.ts'
import { configResolver } from './config/resolve.ts'
import { execString } from './exec-string.ts'
import { type Gate, gate } from './gate.ts'
import type { AcceptedKeys } from './hostkeys/verifier.ts'
import type { SshEvent, SshPoolOptions } from './options.ts'
import { printable } from './printable.ts'
import { questions } from './questions.ts'
import { checkTarget, type SshTarget, targetName } from './target.ts'
import { type Destination, findDestination } from './transport/destination.ts'
import { persist } from './transport/persist.ts'

/** Executors on hosts that are reached by SSH. Those with one address, port and user share a connection. */
export interface SshPool {
  /** Connects on its first `open`. Throws a usage error for a target that cannot be one. */
  executor(target: SshTarget): Executor
  /** Who logs in when nobody says: what ssh_config has, else your own name. Connects to nothing. */
  loginUser(host: string): Promise<string>
  /** Ends all connections for good. Never rejects. */
  close(): Promise<void>
}

export function createSshPool(options: SshPoolOptions = {}): SshPool {
  const onEvent = (event: SshEvent) => {
    // Who only listens cannot fail a deployment.
    try {
      options.onEvent?.(event)
    } catch {
      // Nothing is owed to it.
    }
  }
  const ask = questions(options.prompt)
  const keys = keyring()
  const accepted: AcceptedKeys = new Map()
  const resolve = configResolver(options.configFile, onEvent)
  const all = gate(options.maxHandshakes ?? 100)
  const gates = new Map<string, Gate>()
  const connections = new Map<string, Shared>()
  const commands = new Set<{ close(): void }>()
  let stop = stopper()
  let executors = 0
  let over = false

  const sharedFor = (destination: Destination): Shared => {
    const known = connections.get(destination.key)
    if (known) return known
    const { hostname, port } = destination.config
    const address = `${destination.via?.key ?? ''}|${hostname}|${port}`
    const perAddress = gates.get(address) ?? gate(options.maxStartups ?? 8)
    gates.set(address, perAddress)
    const made = shared({
      maxSessions: options.maxSessions ?? 8,
      sessionWaitMs: options.sessionWaitMs ?? 5_000,
      connect: async () => {
        const { signal } = stop
        // The way there first: a place in the queues must not be held while waiting for another one's.
        const via = destination.via && (await sharedFor(destination.via).any())
        const { connectTimeoutMs, keepaliveMs, keepaliveCount } = options
        const connection = await persist(destination, [perAddress, all], {
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
    connections.set(destination.key, made)
    return made
  }

  const endAll = async () => {
    stop.abort()
    // Here, for nobody waits for the last words of a connection that is ended on purpose.
    for (const each of commands) each.close()
    const ending = [...connections.values()]
    connections.clear()
    stop = stopper()
    await Promise.all(ending.map((each) => each.close().catch(() => undefined)))
  }

  return {
    close: () => {
      over = true
      return endAll()
    },
    loginUser: async (host) => (await resolve({ host })).user,
    executor: (target) => {
      checkTarget(target)
      const name = targetName(target)
      const open = new Set<{ close(): void }>()
      let closed = false
      executors++
      const place = async () => {
        const { signal } = stop
        const destination = closed || over ? undefined : await findDestination(target, resolve)
        if (destination && !signal.aborted) return sharedFor(destination)
        throw new DragonfabError({ code: 'SSH_CLOSED', host: name, message: `the connections to ${name} were closed` })
      }
      return {
        label: `ssh:${name}`,
        open: async (argv, how = {}) => {
          const command = execString(argv, how)
          how.signal?.throwIfAborted()
          // One signal may well end the commands of fifty hosts.
          if (how.signal) setMaxListeners(0, how.signal)
          const pty = how.tty && { cols: how.tty.columns, rows: how.tty.rows, term: process.env.TERM || 'xterm' }
          const shared = await place()
          const onHeld = () =>
            onEvent({ type: 'warning', host: name, message: `${argv[0]} has ended, but a child of it still holds its output open` })
          const opening = shared.session((connection, begun) =>
            connection.exec(command, { pty }, (channel) => {
              begun(channel)
              return openCommand(channel, connection, { onOutput: how.onOutput, signal: how.signal, onHeld })
            }),
          )
          const opened = await unlessAborted(opening, how.signal)
          open.add(opened)
          commands.add(opened)
          if (closed) opened.close()
          const gone = () => {
            open.delete(opened)
            commands.delete(opened)
          }
          opened.done.then(gone, gone)
          return opened
        },
        forward: async (host, port) => {
          const connection = await (await place()).any()
          return connection.forward(host, port).catch((error) => {
            if (isDragonfabError(error)) throw error
            throw new DragonfabError({
              code: 'SSH_FORWARD',
              host: name,
              message: `${name} does not forward to ${host} port ${port}`,
              cause: printable((error as Error).message),
              remedy: 'check that something listens there, and AllowTcpForwarding on the host',
            })
          })
        },
        close: async () => {
          if (closed) return
          closed = true
          for (const each of open) each.close()
          // The last one turns off the light: core knows executors, not pools.
          if (--executors === 0) await endAll()
        },
      }
    },
  }
}

/** Every connection listens to it, however many there are. */
function stopper(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}

/** A connection that takes its time must not hold up who was told to stop. The command that it still opens is closed at once. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
