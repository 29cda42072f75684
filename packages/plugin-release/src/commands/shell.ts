import { type AnyEnv, type Step, sh, step } from '@dragonfab/core'
import { maybe, type ReleaseEnv } from '../env.ts'
import { consoleOf } from './console.ts'
import { inRelease, isThere } from './once.ts'

/** The application's console in the live release, at a terminal; or a command that wants one. */
export function openShell(env: ReleaseEnv, { command }: { readonly command?: string | undefined }): readonly Step[] {
  const wanted = command?.trim() ? command : env.console
  // What a shell waits for may act on Ctrl-C and live on, and so must the shell.
  const text = wanted === undefined ? consoleOf(venvOf(env as unknown as AnyEnv)) : sh`trap : INT QUIT; eval ${wanted}`
  return [isThere(env), step(inRelease(env, env.currentPath, text), { title: wanted ?? 'open the console' })]
}

/** The place of plugin-virtualenv, where it is another than a folder of the release. */
function venvOf(env: AnyEnv): string | undefined {
  if (!('virtualenv' in env)) return undefined
  const path = maybe(() => (env.virtualenv as AnyEnv).venvPath)
  return typeof path === 'string' && path ? path : undefined
}
