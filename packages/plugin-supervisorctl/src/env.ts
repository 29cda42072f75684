import { type CoreEnv, type FieldValues, type Fragment, sh } from '@dragonfab/core'
import type { options } from './options.ts'

export interface SupervisorEnv extends CoreEnv {
  readonly supervisorctl: FieldValues<typeof options>
  readonly currentPath: string
  readonly sharedPath: string
  readonly releasesPath: string
}

/** The names of programs and groups, without the `:*` that supervisorctl needs for groups. */
export function programNamesOf({ supervisorctl }: SupervisorEnv): readonly string[] {
  const { groups, program } = supervisorctl
  return [...new Set((groups.length ? groups : [program]).map((name) => name.replace(/:\*$/, '')))]
}

/** Their groups. A program without a group is in a group of the same name. */
export function groupsOf(env: SupervisorEnv): readonly string[] {
  return [...new Set(programNamesOf(env).map((name) => name.replace(/:.*$/, '')))]
}

/** The command's words, each quoted. */
export function commandOf({ supervisorctl }: SupervisorEnv): Fragment {
  return sh`${supervisorctl.command.trim().split(/\s+/)}`
}

/** A file of this role under `$DF_RUN`, which roles of one machine and path share. */
export const runFileName = ({ role }: Pick<SupervisorEnv, 'role'>, what: string): string =>
  `supervisor${role === undefined ? '' : `.${role}`}.${what}`

/** The options of a step that runs supervisorctl. */
export function sudoOptionsOf({ supervisorctl }: SupervisorEnv): { readonly as?: string } {
  return supervisorctl.sudoUser === undefined ? {} : { as: supervisorctl.sudoUser }
}
