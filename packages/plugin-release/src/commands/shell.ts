import { type AnyEnv, type Step, sh, step } from '@dragonfab/core'
import { type ReleaseEnv, readIfKnown } from '../env.ts'
import { openConsole } from './console.ts'
import { checkReleaseLive, runInRelease } from './once.ts'

/** The application's console in the live release, at a terminal; or a command that wants one. */
export function openShell(env: ReleaseEnv, { command }: { readonly command?: string | undefined }): readonly Step[] {
  const consoleCommand = command?.trim() ? command : env.console
  // What a shell waits for may act on Ctrl-C and live on, and so must the shell.
  const text = consoleCommand === undefined ? openConsole(findVenv(env as unknown as AnyEnv)) : sh`trap : INT QUIT; eval ${consoleCommand}`
  return [checkReleaseLive(env), step(runInRelease(env, env.currentPath, text), { title: consoleCommand ?? 'open the console' })]
}

/** The place of plugin-virtualenv, where it is another than a folder of the release. */
function findVenv(env: AnyEnv): string | undefined {
  if (!('virtualenv' in env)) return undefined
  const path = readIfKnown(() => (env.virtualenv as AnyEnv).venvPath)
  return typeof path === 'string' && path ? path : undefined
}
