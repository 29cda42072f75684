import { posix, resolve } from 'node:path'
import type { CoreEnv, FieldValues } from '@dragonfab/core'
import type { options, variables } from './options.ts'

export type DebEnv = CoreEnv & FieldValues<typeof variables> & { readonly deb: FieldValues<typeof options> }

/** dpkg is root's; who logs in as root needs no sudo for it. */
export const rootStepOptions = ({ sudoUser, user }: Pick<CoreEnv, 'sudoUser' | 'user'>): { readonly as?: string } =>
  (sudoUser ?? user) === 'root' ? {} : { as: 'root' }

/** Where built packages lie, relative to the config. */
export const packageDir = ({ deb }: Pick<DebEnv, 'deb'>): string => deb.packageDir ?? posix.join(deb.source, '..')

/** The same, absolute. */
export const resolvePackageDir = (directory: string, folder: string): string => resolve(directory, folder)
