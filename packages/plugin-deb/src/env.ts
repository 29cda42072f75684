import { posix, resolve } from 'node:path'
import { type CoreEnv, type FieldValues, isDragonfabError } from '@dragonfab/core'
import type { options, variables } from './options.ts'

export type DebEnv = CoreEnv & FieldValues<typeof variables> & { readonly deb: FieldValues<typeof options> }

/** dpkg needs root. A user who logs in as root needs no sudo. */
export const rootStepOptions = ({ sudoUser, user }: Pick<CoreEnv, 'sudoUser' | 'user'>): { readonly as?: string } =>
  (sudoUser ?? user) === 'root' ? {} : { as: 'root' }

/** The folder for built packages, relative to the config. */
export const packageDir = ({ deb }: Pick<DebEnv, 'deb'>): string => deb.packageDir ?? posix.join(deb.source, '..')

/** The same, absolute. */
export const resolvePackageDir = (directory: string, folder: string): string => resolve(directory, folder)

/** The version that the command line names, if it does. */
export function readGivenVersion(env: DebEnv): string | undefined {
  try {
    return env.deb.version
  } catch (error) {
    if (isDragonfabError(error) && error.code === 'VARIABLE_NOT_KNOWN') return undefined
    throw error
  }
}
