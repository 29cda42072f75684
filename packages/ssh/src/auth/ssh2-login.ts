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
  _handlers?: { USERAUTH_FAILURE?: (protocol: unknown, methods: readonly string[], partial: boolean) => void }
}

const hashes: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512', 'ssh-rsa': 'sha1' }

/**
 * The one place that reaches into ssh2 1.17 (which is why its version is pinned). Where the inside looks different, nothing is
 * changed and a login only takes a round trip more.
 * - ssh2 asks whether a key would do and then signs; where we know the key, the first request is signed already.
 * - After a refused key of an agent ssh2 does not pass on which methods the host has left.
 * - A signature that ssh2 cannot convert is thrown where nobody can catch it.
 */
export function watchLogin(
  client: Client,
  watch: { methods(methods: readonly string[]): void; signAtOnce(): Candidate | undefined },
): void {
  const inside = (client as unknown as { _protocol?: Inside })._protocol
  const failure = inside?._handlers?.USERAUTH_FAILURE
  if (inside?._handlers && typeof failure === 'function') {
    inside._handlers.USERAUTH_FAILURE = (protocol, methods, partial) => {
      watch.methods(methods)
      failure(protocol, methods, partial)
    }
  }
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
