import { type CoreEnv, type FieldValues, usageError } from '@dragonfab/core'
import type { variables } from './variables.ts'

export type LxcEnv = CoreEnv & FieldValues<typeof variables>

/** The variables that are needed to make and enter one container. */
export type ContainerEnv = Pick<
  LxcEnv,
  | 'lxc'
  | 'lxcAddUser'
  | 'lxcClone'
  | 'lxcEnter'
  | 'lxcHostNetwork'
  | 'lxcPath'
  | 'lxcSudo'
  | 'lxcTemplate'
  | 'lxcWait'
  | 'stage'
  | 'stateDir'
  | 'sudoUser'
  | 'user'
>

/** The container of an env that has one. */
export function containerOf({ lxc, lxcTemplate, stage }: Pick<LxcEnv, 'lxc' | 'lxcTemplate' | 'stage'>): string {
  if (lxc === undefined)
    throw usageError({
      code: 'LXC_NO_CONTAINER',
      message: `environment ${stage} has no container`,
      remedy: `set environments.${stage}.lxc`,
    })
  if (lxc === lxcTemplate)
    throw usageError({
      code: 'LXC_IS_TEMPLATE',
      message: `${lxc} is both the container of environment ${stage} and its template`,
      remedy: 'give lxc and lxcTemplate different names',
    })
  return lxc
}
