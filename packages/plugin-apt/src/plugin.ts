import { definePlugin, type TaskSpec, usageError } from '@dragonfab/core'
import { type AptEnv, install, installed } from './install.ts'
import { options, packageName } from './options.ts'

/** Several stand in one argument: a comma ends an argument. */
function wanted(given: string | undefined): readonly string[] | undefined {
  const words = given?.split(/\s+/).filter(Boolean)
  const wrong = words?.find((word) => {
    try {
      return packageName(word) === ''
    } catch {
      return true
    }
  })
  if (wrong !== undefined || words?.length === 0)
    throw usageError({
      code: 'BAD_ARGUMENT',
      message: `apt.install: ${JSON.stringify(given)} is no package`,
      remedy: "apt.install:'nginx redis=5:7.0.15-1'",
    })
  return words
}

const task = {
  summary: 'Install Debian packages: those named, or apt.packages',
  args: ['packages?'],
  run: ({ env, args }) => {
    const packages = wanted(args.packages) ?? env.apt.packages
    return packages.length > 0 && install(env, packages)
  },
} as const satisfies TaskSpec<AptEnv>

/** Debian packages that hosts need. */
export const apt = definePlugin({
  name: 'apt',
  options,
  hooks: { check: ({ env }) => env.apt.packages.length > 0 && installed(env) },
  tasks: { 'apt.install': task, apt_install: { ...task, readyMade: true } },
})
