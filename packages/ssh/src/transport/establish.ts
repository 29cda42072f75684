import type { Duplex } from 'node:stream'
import { findCandidates } from '../auth/candidates.ts'
import type { Keyring } from '../auth/keyring.ts'
import { login } from '../auth/login.ts'
import { hostKeyVerifier } from '../hostkeys/verifier.ts'
import type { SshEvent } from '../options.ts'
import type { Ask } from '../questions.ts'
import { loadSsh2 } from '../ssh2.ts'
import { type Connection, connection } from './connection.ts'
import { deadline } from './deadline.ts'
import type { Destination } from './destination.ts'
import { type Attempt, closedError, endedEarly, endedError, failureOf, timeoutError } from './failures.ts'
import { openProxyCommand } from './proxy-command.ts'
import { openTcp } from './tcp.ts'

export interface EstablishOptions {
  readonly ask: Ask | undefined
  readonly keyring: Keyring
  readonly onEvent: (event: SshEvent) => void
  readonly connectTimeoutMs: number | undefined
  readonly keepaliveMs: number | undefined
  readonly keepaliveCount: number | undefined
  /** The connection of the jump host that the destination is reached through. */
  readonly via: Connection | undefined
  /** Gives up. */
  readonly signal: AbortSignal
}

/** What {@link establish} rejects with when another try may go better: nothing was authenticated, and the host just hung up. */
export class EndedEarly extends Error {
  readonly failure: Error

  constructor(failure: Error) {
    super(failure.message)
    this.failure = failure
  }
}

/** One attempt: reach the host, check its key, log in. */
export async function establish(destination: Destination, options: EstablishOptions): Promise<Connection> {
  const { config, name } = destination
  const limitMs = options.connectTimeoutMs ?? config.connectTimeoutMs ?? 20_000
  const began = performance.now()
  const stop = new AbortController()
  const limit = deadline(limitMs, () => stop.abort(timeoutError()))
  const closing = () => stop.abort(closedError())
  options.signal.addEventListener('abort', closing, { once: true })
  if (options.signal.aborted) closing()
  const ask: Ask | undefined = options.ask && ((question, how) => limit.pause(async () => options.ask?.(question, how) ?? ''))
  let stream: (Duplex & { said?(): string }) | undefined
  let heard = ''
  let started = () => false
  try {
    const found = findCandidates(config, { explicit: destination.identityFiles, keyring: options.keyring, ask })
    found.catch(() => undefined)
    const [opened, { Client }, verifier] = await Promise.all([
      openStream(destination, options, stop.signal).then((each) => {
        stream = each
        return each
      }),
      loadSsh2(),
      hostKeyVerifier(config, {
        name,
        mode: destination.strictHostKeys,
        files: destination.knownHosts,
        hash: config.hashKnownHosts,
        ask: ask && !config.batch ? (question) => ask(question, { hidden: false }) : undefined,
        onEvent: options.onEvent,
      }),
    ])
    const conversation = await login(config, await found, ask)
    started = conversation.started
    const client = new Client()
    const ready = new Promise<void>((resolve, reject) => {
      client.on('ready', resolve)
      // A failed handshake emits two errors, of which the first one tells; what an agent does wrong only costs its keys.
      client.on('error', (error: Error & { level?: string }) => {
        if (error.level === 'agent') return
        const refused = /All configured authentication methods failed|Too many authentication failures/.test(error.message)
        reject(refused ? conversation.failure(name, error.message) : error)
      })
      client.on('end', () => reject(endedError()))
      client.on('close', () => reject(endedError()))
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true })
      if (stop.signal.aborted) reject(stop.signal.reason)
    })
    ready.catch(() => undefined)
    // Written down only when the host has proved, by its signature, that the key is its own.
    let learned: Promise<void> = Promise.resolve()
    client.once('handshake', () => {
      learned = verifier.proved()
    })
    client.connect({
      sock: opened,
      username: config.user,
      readyTimeout: 0,
      keepaliveInterval: 0,
      keepaliveCountMax: 0,
      ...(config.forwardAgent === undefined ? {} : { agent: (await loadSsh2()).createAgent(config.forwardAgent) }),
      algorithms: { serverHostKey: verifier.algorithms },
      hostVerifier: (key, decide) => {
        const verdict = verifier.check(key)
        if (typeof verdict === 'boolean') decide(verdict)
        else verdict.then(decide, () => decide(false))
      },
      authHandler: conversation.handler,
    })
    // ssh2 has paused the stream: this listener does not set it flowing.
    opened.on('data', function listen(chunk: Buffer) {
      heard += chunk.toString('latin1', 0, 256)
      if (heard.length >= 256 || heard.includes('SSH-')) opened.off('data', listen)
    })
    conversation.attach(client)
    await ready.catch((error) => {
      throw verifier.refusal() ?? error
    })
    await learned
    return connection({
      name,
      client,
      stream: opened,
      forwardAgent: config.forwardAgent !== undefined,
      keepaliveMs: options.keepaliveMs ?? config.keepaliveMs ?? 15_000,
      keepaliveCount: options.keepaliveCount ?? config.keepaliveCount ?? 3,
      onWarning: (message) => options.onEvent({ type: 'warning', host: name, message }),
    })
  } catch (error) {
    const proxy = stream?.said?.()
    stop.abort(closedError())
    stream?.on('error', () => undefined)
    stream?.destroy()
    if ((error as { problems?: unknown }).problems) throw error
    const seconds = Math.round((performance.now() - began) / 100) / 10
    const attempt: Attempt = { name, place: destination.place, seconds, heard, proxy, loggingIn: started() }
    const failure = failureOf(error, attempt)
    throw endedEarly(error) && !started() && failure.code === 'SSH_ENDED' ? new EndedEarly(failure) : failure
  } finally {
    limit.stop()
    options.signal.removeEventListener('abort', closing)
  }
}

async function openStream(destination: Destination, options: EstablishOptions, signal: AbortSignal): Promise<Duplex & { said?(): string }> {
  const { config } = destination
  if (options.via) {
    const channel = options.via.forward(config.hostname, config.port)
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      channel.then((opened) => (signal.aborted ? opened.close() : resolve(opened)), reject)
    })
  }
  return config.proxyCommand === undefined ? openTcp(config, signal) : openProxyCommand(config.proxyCommand)
}
