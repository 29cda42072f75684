import type { Client, ParsedKey } from 'ssh2'
import type { Candidate, SigningHash } from './candidates.ts'

type Sign = (data: Buffer, done: (signature: Buffer) => void) => void
type AuthPK = (user: string, key: ParsedKey, algorithm: string | undefined, sign?: Sign) => void

/** The private parts of ssh2 1.17 that are patched. Its range in package.json is `~` for their sake. */
export interface Ssh2Protocol {
  authPK: AuthPK
  service(name: string): void
  readonly _handlers: {
    SERVICE_ACCEPT(protocol: unknown, name: string): void
    USERAUTH_FAILURE(protocol: unknown, methods: readonly string[], partial: boolean): void
  }
}

export interface LoginWatch {
  /** The methods that the host still takes, after each refusal. */
  methods(methods: readonly string[]): void
  /** The key to sign with at once, without asking first whether it would do. */
  signAtOnce(): Candidate | undefined
  /** Whether the first request may follow the request for the service at once. */
  beginAtOnce(): boolean
}

const hashes: Readonly<Record<string, SigningHash>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512', 'ssh-rsa': 'sha1' }

/** The parts to patch, if they all have the shape that we know; another version of ssh2 is left as it is. */
export function patchableProtocol(client: unknown): Ssh2Protocol | undefined {
  const protocol = (client as { readonly _protocol?: Partial<Ssh2Protocol> })._protocol
  const parts = [protocol?.authPK, protocol?.service, protocol?._handlers?.SERVICE_ACCEPT, protocol?._handlers?.USERAUTH_FAILURE]
  // The number of parameters: a function that takes others would be called wrongly.
  const parameters = [4, 1, 2, 3]
  return parts.every((part, index) => typeof part === 'function' && part.length === parameters[index])
    ? (protocol as Ssh2Protocol)
    : undefined
}

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
          .sign(data, hashes[algorithm ?? ''])
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
