import type { CoreEnv, FieldValues } from '@dragonfab/core'
import type { options } from './options.ts'

export interface SystemdEnv extends CoreEnv {
  readonly systemd: FieldValues<typeof options>
  readonly currentPath: string
  readonly releasesPath: string
}

export const sudoOptionsOf = ({ systemd }: SystemdEnv): { readonly as?: string } =>
  systemd.sudoUser === undefined ? {} : { as: systemd.sudoUser }

/** The names of units that come with the release. */
export const installedUnits = ({ systemd }: SystemdEnv): readonly string[] =>
  systemd.install.map((file) => file.slice(file.lastIndexOf('/') + 1))

/** The file in which this run notes the previous processes. Each role has its own. */
export const beforeFileName = ({ role }: SystemdEnv): string => `systemd.before${role === undefined ? '' : `.${role}`}`

/** What `systemctl` does with the units. */
export type UnitAction = SystemdEnv['systemd']['action'] | 'start'
