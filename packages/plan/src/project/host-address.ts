import type { MachineAddress } from '@dragonfab/core'

/** Where a host is: a machine, or a guest that only its plugin can enter. */
export type HostAddress =
  | MachineAddress
  | {
      readonly kind: 'guest'
      readonly name: string
      readonly on: MachineAddress
      /** The plugin whose `connect` enters it. */
      readonly plugin: string
      /** The login user, if no layer sets `user`. */
      readonly login: string
    }

/** An address as text, as `parseHost` reads it. */
export function describeAddress(address: HostAddress): string {
  if (address.kind === 'local') return 'local'
  if (address.kind === 'guest') return `${describeAddress(address.on)}/${address.name}`
  const { user, host, port } = address
  const bracketed = host.includes(':') ? `[${host}]` : host
  return `${user === undefined ? '' : `${user}@`}${bracketed}${port === undefined ? '' : `:${port}`}`
}
