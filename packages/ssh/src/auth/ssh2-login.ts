import type { Client } from 'ssh2'
import { type AuthPK, patchableProtocol, type Ssh2Protocol } from '../ssh2.ts'
import type { KeyCandidate, SigningHash } from './candidates.ts'

export interface LoginWatch {
  /** The methods that the host still takes, after each refusal. */
  methods(methods: readonly string[]): void
  /** The key to sign with at once, without asking first whether it would do. */
  signAtOnce(): KeyCandidate | undefined
  /** Whether the first request may follow the request for the service at once. */
  beginAtOnce(): boolean
}

const hashByAlgorithm: Readonly<Record<string, SigningHash>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512', 'ssh-rsa': 'sha1' }

/**
 * The one place that changes ssh2. Without it a login takes a round trip or two more, and errors say less:
 * - ssh2 asks for the service that logs in, waits for the answer, and then begins. A host that refuses hangs up anyway, so the first
 *   request follows the question at once. By then the host has proved its key.
 * - ssh2 asks whether a key would do and then signs. If we know the key, the first request is signed already.
 * - After a refused key of an agent ssh2 does not pass on which methods the host has left.
 * - ssh2 throws a signature that it cannot convert from a callback, where nobody can catch it.
 */
export function watchLogin(client: Client, watch: LoginWatch): void {
  const protocol = patchableProtocol(client)
  if (!protocol) return
  reportMethods(protocol, watch)
  requestAtOnce(protocol, watch)
  signAtOnce(protocol, client, watch)
}

function reportMethods({ _handlers: handlers }: Ssh2Protocol, watch: LoginWatch): void {
  const refuse = handlers.USERAUTH_FAILURE
  handlers.USERAUTH_FAILURE = (protocol, methods, partial) => {
    watch.methods(methods)
    refuse(protocol, methods, partial)
  }
}

function requestAtOnce(protocol: Ssh2Protocol, watch: LoginWatch): void {
  const { service, _handlers: handlers } = protocol
  const accept = handlers.SERVICE_ACCEPT
  protocol.service = (name) => {
    service.call(protocol, name)
    if (!watch.beginAtOnce()) return
    handlers.SERVICE_ACCEPT = () => undefined
    accept(protocol, name)
  }
}

function signAtOnce(protocol: Ssh2Protocol, client: Client, watch: LoginWatch): void {
  const authPK: AuthPK = protocol.authPK.bind(protocol)
  protocol.authPK = (user, key, algorithm, sign) => {
    const candidate = sign ? undefined : watch.signAtOnce()
    if (candidate) {
      return authPK(user, key, algorithm, (data, done) => {
        candidate
          .sign(data, hashByAlgorithm[algorithm ?? ''])
          .then(done, () => authPK(user, key, algorithm))
          .catch((error) => client.emit('error', error))
      })
    }
    if (!sign) return authPK(user, key, algorithm)
    authPK(user, key, algorithm, (data, done) =>
      sign(data, (signature) => {
        try {
          done(signature)
        } catch (error) {
          client.emit('error', error as Error)
        }
      }),
    )
  }
}
