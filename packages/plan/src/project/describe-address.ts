import type { HostAddress } from '@dragonfab/core'

/** An address as `parseHost` reads it. */
export function describeAddress(address: HostAddress): string {
  if (address.kind === 'local') return 'local'
  if (address.kind === 'guest') return `${describeAddress(address.on)}/${address.name}`
  const { user, host, port } = address
  const bracketed = host.includes(':') ? `[${host}]` : host
  return `${user === undefined ? '' : `${user}@`}${bracketed}${port === undefined ? '' : `:${port}`}`
}
