import { isDragonfabError } from '@dragonfab/core'
import type { ServerHostKeyAlgorithm, VerifyCallback } from 'ssh2'
import { findCandidates } from '../auth/candidates.ts'
import type { Keyring } from '../auth/keyring.ts'
import { createLogin, type LoginDialogue } from '../auth/login.ts'
import { type AcceptedKeys, createHostKeyVerifier, type HostKeyVerifier } from '../hostkeys/verifier.ts'
import type { Prompt, SshEvent } from '../options.ts'
import { loadSsh2 } from '../ssh2.ts'
import { createConnection, type SshConnection } from './connection.ts'
import { startDeadline } from './deadline.ts'
import type { Destination } from './destination.ts'
import { closedError, describeFailure, endedError, isEarlyEnd, isPenalised, timeoutError } from './failures.ts'
import { type HostStream, openHostStream } from './host-stream.ts'

export interface EstablishOptions {
  readonly ask: Prompt | undefined
  readonly keyring: Keyring
  /** Host keys that were accepted in this run. */
  readonly accepted: AcceptedKeys
  readonly onEvent: (event: SshEvent) => void
  readonly connectTimeoutMs: number | undefined
  readonly keepaliveMs: number | undefined
  readonly keepaliveCount: number | undefined
  /** The connection of the jump host that the destination is reached through. */
  readonly via: SshConnection | undefined
  /** Stops connecting. */
  readonly signal: AbortSignal
}

/** The error of {@link establishConnection} if a retry may succeed: the host closed the connection before anything was authenticated. */
export class EarlyEndError extends Error {
  readonly failure: Error

  constructor(failure: Error) {
    super(failure.message)
    this.failure = failure
  }
}

/** Makes one attempt: connects to the host, checks its key and logs in. */
export async function establishConnection(destination: Destination, options: EstablishOptions): Promise<SshConnection> {
  const { config, name } = destination
  const limitMs = options.connectTimeoutMs ?? config.connectTimeoutMs ?? 20_000
  const began = performance.now()
  const stop = new AbortController()
  const limit = startDeadline(limitMs, () => stop.abort(timeoutError()))
  const onPoolClose = () => stop.abort(closedError())
  options.signal.addEventListener('abort', onPoolClose, { once: true })
  if (options.signal.aborted) onPoolClose()
  const ask: Prompt | undefined = options.ask && ((question, how) => limit.pause(async () => options.ask?.(question, how) ?? ''))
  let openedStream: HostStream | undefined
  let hasStarted = () => false
  try {
    // Do everything that takes time at once: connect, find keys, read known_hosts, and load ssh2.
    const [hostStream, candidates, verifier] = await Promise.all([
      openHostStream(destination, options.via, stop.signal).then((opened) => {
        openedStream = opened
        return opened
      }),
      findCandidates(config, { explicit: destination.identityFiles, keyring: options.keyring, ask, pauseDeadline: limit.pause }),
      createHostKeyVerifier(config, {
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
    const dialogue = await createLogin(config, candidates, ask)
    hasStarted = dialogue.hasStarted
    return await performLogin({ destination, options, hostStream, verifier, dialogue, signal: stop.signal })
  } catch (error) {
    // Once the host has sent anything, the ProxyCommand has worked.
    const proxy = openedStream?.firstBytes() ? undefined : openedStream?.proxyFailure()
    stop.abort(closedError())
    openedStream?.stream.destroy()
    if (isDragonfabError(error)) throw error
    const seconds = Math.round((performance.now() - began) / 100) / 10
    const failure = describeFailure(error, {
      name,
      address: destination.address,
      seconds,
      firstBytes: openedStream?.firstBytes() ?? '',
      proxyFailure: proxy,
      duringLogin: hasStarted(),
    })
    const mayRetry = isEarlyEnd(error) && !hasStarted() && failure.code === 'SSH_ENDED' && !isPenalised(openedStream?.firstBytes() ?? '')
    throw mayRetry ? new EarlyEndError(failure) : failure
  } finally {
    limit.stop()
    options.signal.removeEventListener('abort', onPoolClose)
  }
}

interface LoginAttempt {
  readonly destination: Destination
  readonly options: EstablishOptions
  readonly hostStream: HostStream
  readonly verifier: HostKeyVerifier
  readonly dialogue: LoginDialogue
  readonly signal: AbortSignal
}

async function performLogin({ destination, options, hostStream, verifier, dialogue, signal }: LoginAttempt): Promise<SshConnection> {
  const { config, name } = destination
  const { Client, createAgent } = await loadSsh2()
  const client = new Client()
  // Saved only after the host has proved by its signature that the key is its own.
  let saved: Promise<void> = Promise.resolve()
  client.once('handshake', () => {
    saved = verifier.saveProvenKey()
  })
  const ready = new Promise<SshConnection>((resolve, reject) => {
    // In the same turn, so that no loss of the connection is missed.
    client.once('ready', () =>
      resolve(
        createConnection({
          name,
          client,
          stream: hostStream.stream,
          forwardAgent: config.forwardAgent !== undefined,
          keepaliveMs: options.keepaliveMs ?? config.keepaliveMs ?? 15_000,
          keepaliveCount: options.keepaliveCount ?? config.keepaliveCount ?? 3,
          onWarning: (message) => options.onEvent({ type: 'warning', host: name, message }),
        }),
      ),
    )
    // A failed handshake emits two errors. The first one is the reason. An agent's error only means that its keys cannot be used.
    client.on('error', (error: Error & { level?: string }) => {
      if (error.level === 'agent') return
      const refused = /All configured authentication methods failed|Too many authentication failures/.test(error.message)
      reject(verifier.refusalError() ?? (refused ? dialogue.refusalError(name, error.message) : error))
    })
    client.on('change password', () => reject(dialogue.refusalError(name, 'the password has expired')))
    client.on('end', () => reject(endedError()))
    hostStream.broken.catch(reject)
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
  })
  client.connect({
    sock: hostStream.stream,
    username: config.user,
    // We have our own limits, because ssh2's would also count the time that a person needs to answer.
    readyTimeout: 0,
    keepaliveInterval: 0,
    keepaliveCountMax: 0,
    ...(config.forwardAgent === undefined ? {} : { agent: createAgent(config.forwardAgent) }),
    // The list depends on known_hosts. ssh2 refuses names that it does not know.
    algorithms: { serverHostKey: verifier.algorithms as ServerHostKeyAlgorithm[] },
    hostVerifier: (key: Buffer, decide: VerifyCallback) => {
      const verdict = verifier.check(key)
      if (typeof verdict === 'boolean') decide(verdict)
      else verdict.then(decide, () => decide(false))
    },
    authHandler: dialogue.handler,
  })
  hostStream.noteFirstBytes()
  dialogue.attach(client)
  const established = await ready
  await saved
  return established
}
