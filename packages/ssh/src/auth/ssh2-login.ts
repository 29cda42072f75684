import type { Client } from 'ssh2'
import { type AuthPK, patchableProtocol, type Ssh2Protocol } from '../ssh2.ts'
import type { KeyCandidate, SigningHash } from './candidates.ts'

export interface LoginWatch {
  /** Called after each refusal with the methods that the host still accepts. */
  methods(methods: readonly string[]): void
  /** The key to sign with at once, without asking first whether the host accepts it. */
  signAtOnce(): KeyCandidate | undefined
  /** Whether the first login request may be sent without waiting for the answer to the service request. */
  beginAtOnce(): boolean
}

const hashByAlgorithm: Readonly<Record<string, SigningHash>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512', 'ssh-rsa': 'sha1' }

/**
 * The only code that changes ssh2. Without it a login takes one or two more round trips, and errors have less detail:
 * - ssh2 requests the login service, waits for the answer, and then starts. A host that refuses closes the connection anyway, so here the
 *   first login request is sent at once. By then the host has proved its key.
 * - ssh2 asks whether a key is accepted and then signs. If we know the key, the first request is already signed.
 * - After a refused key of an agent, ssh2 does not pass on which methods the host still accepts.
 * - If ssh2 cannot convert a signature, it throws in a callback, where nobody can catch the error.
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
