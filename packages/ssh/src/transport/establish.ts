import { isDragonfabError } from '@dragonfab/core'
import type { ServerHostKeyAlgorithm, VerifyCallback } from 'ssh2'
import { findCandidates } from '../auth/candidates.ts'
import type { Keyring } from '../auth/keyring.ts'
import { type Login, login } from '../auth/login.ts'
import { type AcceptedKeys, type HostKeyVerifier, hostKeyVerifier } from '../hostkeys/verifier.ts'
import type { SshEvent } from '../options.ts'
import type { Ask } from '../questions.ts'
import { loadSsh2 } from '../ssh2.ts'
import { type Connection, connection } from './connection.ts'
import { deadline } from './deadline.ts'
import type { Destination } from './destination.ts'
import { closedError, endedEarly, endedError, failureOf, penalised, timeoutError } from './failures.ts'
import { type Reached, reach } from './reach.ts'

export interface EstablishOptions {
  readonly ask: Ask | undefined
  readonly keyring: Keyring
  /** Host keys that were accepted in this run. */
  readonly accepted: AcceptedKeys
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
  let reached: Reached | undefined
  let started = () => false
  try {
    // All that takes time at once: the way there, the keys, what is known of the host, and ssh2 itself.
    const [way, found, verifier] = await Promise.all([
      reach(destination, options.via, stop.signal).then((each) => {
        reached = each
        return each
      }),
      findCandidates(config, { explicit: destination.identityFiles, keyring: options.keyring, ask, patiently: limit.pause }),
      hostKeyVerifier(config, {
        name,
        mode: destination.strictHostKeys,
        files: destination.knownHosts,
        learnTo: destination.learnTo,
        accepted: options.accepted,
        hash: config.hashKnownHosts,
        ask: ask && !config.batch ? (question) => ask(question, { hidden: false }) : undefined,
        onEvent: options.onEvent,
      }),
      loadSsh2(),
    ])
    const conversation = await login(config, found, ask)
    started = conversation.started
    return await converse({ destination, options, way, verifier, conversation, signal: stop.signal })
  } catch (error) {
    // Once the host has been heard, the command did its work.
    const proxy = reached?.heard() ? undefined : reached?.failure()
    stop.abort(closedError())
    reached?.stream.destroy()
    if (isDragonfabError(error)) throw error
    const seconds = Math.round((performance.now() - began) / 100) / 10
    const failure = failureOf(error, {
      name,
      place: destination.place,
      seconds,
      heard: reached?.heard() ?? '',
      proxy,
      loggingIn: started(),
    })
    const again = endedEarly(error) && !started() && failure.code === 'SSH_ENDED' && !penalised(reached?.heard() ?? '')
    throw again ? new EndedEarly(failure) : failure
  } finally {
    limit.stop()
    options.signal.removeEventListener('abort', closing)
  }
}

interface Conversation {
  readonly destination: Destination
  readonly options: EstablishOptions
  readonly way: Reached
  readonly verifier: HostKeyVerifier
  readonly conversation: Login
  readonly signal: AbortSignal
}

async function converse({ destination, options, way, verifier, conversation, signal }: Conversation): Promise<Connection> {
  const { config, name } = destination
  const { Client, createAgent } = await loadSsh2()
  const client = new Client()
  // Written down only when the host has proved, by its signature, that the key is its own.
  let learned: Promise<void> = Promise.resolve()
  client.once('handshake', () => {
    learned = verifier.proved()
  })
  const ready = new Promise<Connection>((resolve, reject) => {
    // In the same turn, so that no loss goes by unheard.
    client.once('ready', () =>
      resolve(
        connection({
          name,
          client,
          stream: way.stream,
          forwardAgent: config.forwardAgent !== undefined,
          keepaliveMs: options.keepaliveMs ?? config.keepaliveMs ?? 15_000,
          keepaliveCount: options.keepaliveCount ?? config.keepaliveCount ?? 3,
          onWarning: (message) => options.onEvent({ type: 'warning', host: name, message }),
        }),
      ),
    )
    // A failed handshake emits two errors, of which the first one tells; what an agent does wrong only costs its keys.
    client.on('error', (error: Error & { level?: string }) => {
      if (error.level === 'agent') return
      const refused = /All configured authentication methods failed|Too many authentication failures/.test(error.message)
      reject(verifier.refusal() ?? (refused ? conversation.failure(name, error.message) : error))
    })
    client.on('change password', () => reject(conversation.failure(name, 'the password has expired')))
    client.on('end', () => reject(endedError()))
    way.gone.catch(reject)
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
  })
  client.connect({
    sock: way.stream,
    username: config.user,
    // The limits are ours: ssh2's would also count the time that a person takes to answer.
    readyTimeout: 0,
    keepaliveInterval: 0,
    keepaliveCountMax: 0,
    ...(config.forwardAgent === undefined ? {} : { agent: createAgent(config.forwardAgent) }),
    // A list that known_hosts decides: ssh2 refuses names that it does not know.
    algorithms: { serverHostKey: verifier.algorithms as ServerHostKeyAlgorithm[] },
    hostVerifier: (key: Buffer, decide: VerifyCallback) => {
      const verdict = verifier.check(key)
      if (typeof verdict === 'boolean') decide(verdict)
      else verdict.then(decide, () => decide(false))
    },
    authHandler: conversation.handler,
  })
  way.listen()
  conversation.attach(client)
  const established = await ready
  await learned
  return established
}
