import { definePlugin, type TaskSpec, usageError } from '@dragonfab/core'
import { type AptEnv, checkInstalled, installPackages } from './install.ts'
import { options, parsePackageName } from './options.ts'

/** Packages in one argument are separated by spaces, because a comma ends the argument. */
function parsePackages(argument: string | undefined): readonly string[] | undefined {
  const words = argument?.split(/\s+/).filter(Boolean)
  const invalidWord = words?.find((word) => {
    try {
      return parsePackageName(word) === ''
    } catch {
      return true
    }
  })
  if (invalidWord !== undefined || words?.length === 0)
    throw usageError({
      code: 'BAD_ARGUMENT',
      message: `apt.install: ${JSON.stringify(argument)} is not a list of packages`,
      remedy: "write apt.install:'nginx redis=5:7.0.15-1'",
    })
  return words
}

const installTask = {
  summary: 'Install Debian packages: the ones you name, or apt.packages',
  args: ['packages?'],
  run: ({ env, args }) => {
    const packages = parsePackages(args.packages) ?? env.apt.packages
    return packages.length > 0 && installPackages(env, packages)
  },
} as const satisfies TaskSpec<AptEnv>

/** Installs the Debian packages that hosts need. */
export const apt = definePlugin({
  name: 'apt',
  options,
  hooks: { check: ({ env }) => env.apt.packages.length > 0 && checkInstalled(env) },
  tasks: { 'apt.install': installTask, apt_install: { ...installTask, overridable: true } },
})
