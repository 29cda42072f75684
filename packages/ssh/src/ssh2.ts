import type { ParsedKey } from 'ssh2'

type Ssh2 = typeof import('ssh2')

let loadedSsh2: Promise<Ssh2> | undefined

/** ssh2 takes about 50 ms to load, so it is loaded for the first connection. */
export function loadSsh2(): Promise<Ssh2> {
  loadedSsh2 ??= import('ssh2').then((module) => (module as unknown as { default?: Ssh2 }).default ?? module)
  return loadedSsh2
}

type Sign = (data: Buffer, done: (signature: Buffer) => void) => void
export type AuthPK = (user: string, key: ParsedKey, algorithm: string | undefined, sign?: Sign) => void

/** The private parts of ssh2 1.17 that are patched. For this reason its range in package.json is `~`. */
export interface Ssh2Protocol {
  authPK: AuthPK
  service(name: string): void
  readonly _handlers: {
    SERVICE_ACCEPT(protocol: unknown, name: string): void
    USERAUTH_FAILURE(protocol: unknown, methods: readonly string[], partial: boolean): void
  }
}

/** Returns the parts to patch if they all have the expected shape. Another version of ssh2 is not patched. */
export function patchableProtocol(client: unknown): Ssh2Protocol | undefined {
  const protocol = (client as { readonly _protocol?: Partial<Ssh2Protocol> })._protocol
  const parts = [protocol?.authPK, protocol?.service, protocol?._handlers?.SERVICE_ACCEPT, protocol?._handlers?.USERAUTH_FAILURE]
  // The expected numbers of parameters: with others, our calls would be wrong.
  const parameters = [4, 1, 2, 3]
  return parts.every((part, index) => typeof part === 'function' && part.length === parameters[index])
    ? (protocol as Ssh2Protocol)
    : undefined
}
