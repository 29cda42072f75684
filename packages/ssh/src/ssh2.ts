type Ssh2 = typeof import('ssh2')

let loaded: Promise<Ssh2> | undefined

/** ssh2 takes some 50 ms to load: only the first connection pays for it. */
export function loadSsh2(): Promise<Ssh2> {
  loaded ??= import('ssh2').then((module) => (module as unknown as { default?: Ssh2 }).default ?? module)
  return loaded
}
