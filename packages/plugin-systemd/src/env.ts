import type { CoreEnv, Values } from '@dragonfab/core'
import type { options } from './options.ts'

export interface SystemdEnv extends CoreEnv {
  readonly systemd: Values<typeof options>
  readonly currentPath: string
  readonly releasesPath: string
}

export const asOf = ({ systemd }: SystemdEnv): { readonly as?: string } => (systemd.sudoUser === undefined ? {} : { as: systemd.sudoUser })

/** The names of units that come with the release. */
export const installed = ({ systemd }: SystemdEnv): readonly string[] =>
  systemd.install.map((file) => file.slice(file.lastIndexOf('/') + 1))

/** A file of this run that tells what ran before; another role of the same place has its own. */
export const beforeOf = ({ role }: SystemdEnv): string => `systemd.before${role === undefined ? '' : `.${role}`}`

/** What `systemctl` does with the units. */
export type Action = SystemdEnv['systemd']['action'] | 'start'
