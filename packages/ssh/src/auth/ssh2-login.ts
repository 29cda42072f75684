import type { Client, ParsedKey } from 'ssh2'
import type { Candidate } from './candidates.ts'

type AuthPK = (
  user: string,
  key: ParsedKey,
  algorithm: string | undefined,
  sign?: (data: Buffer, done: (signature: Buffer) => void) => void,
) => void

interface Inside {
  authPK?: AuthPK
  service?: (name: string) => void
  _handlers?: {
    SERVICE_ACCEPT?: (protocol: unknown, name: string) => void
    USERAUTH_FAILURE?: (protocol: unknown, methods: readonly string[], partial: boolean) => void
  }
}

const hashes: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512', 'ssh-rsa': 'sha1' }

/**
 * The one place that reaches into ssh2 1.17 (which is why its version is pinned). Where the inside looks different, nothing is
 * changed and a login only takes a round trip or two more.
 * - ssh2 asks for the service that logs in, waits for the yes, and then begins; a host that says no hangs up anyway, so the first
 *   request follows the question at once. By then the host has proved its key.
 * - ssh2 asks whether a key would do and then signs; where we know the key, the first request is signed already.
 * - After a refused key of an agent ssh2 does not pass on which methods the host has left.
 * - A signature that ssh2 cannot convert is thrown where nobody can catch it.
 */
export function watchLogin(
  client: Client,
  watch: { methods(methods: readonly string[]): void; signAtOnce(): Candidate | undefined; beginAtOnce(): boolean },
): void {
  const inside = (client as unknown as { _protocol?: Inside })._protocol
  const failure = inside?._handlers?.USERAUTH_FAILURE
  if (inside?._handlers && typeof failure === 'function') {
    inside._handlers.USERAUTH_FAILURE = (protocol, methods, partial) => {
      watch.methods(methods)
      failure(protocol, methods, partial)
    }
  }
  beginAtOnce(inside, watch.beginAtOnce)
  if (!inside || typeof inside.authPK !== 'function') return
  const authPK: AuthPK = inside.authPK.bind(inside)
  inside.authPK = (user, key, algorithm, sign) => {
    const candidate = sign ? undefined : watch.signAtOnce()
    if (candidate) {
      const now: typeof sign = (data, done) => {
        candidate
          .sign(data, hashes[algorithm ?? ''])
          .then(done, () => authPK(user, key, algorithm))
          .catch((error) => client.emit('error', error))
      }
      return authPK(user, key, algorithm, now)
    }
    if (!sign) return authPK(user, key, algorithm)
    authPK(user, key, algorithm, (data, done) =>
      sign(data, (signature) => {
        try {
          done(signature)
        } catch (error) {
          client.emit('error', error)
        }
      }),
    )
  }
}

function beginAtOnce(inside: Inside | undefined, wanted: () => boolean): void {
  const handlers = inside?._handlers
  const [service, accepted] = [inside?.service, handlers?.SERVICE_ACCEPT]
  if (!inside || !handlers || !service || !accepted) return
  inside.service = (name) => {
    service.call(inside, name)
    if (!wanted()) return
    handlers.SERVICE_ACCEPT = () => undefined
    accepted(inside, name)
  }
}
