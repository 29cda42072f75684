import { resolve } from 'node:path'
import {
  type CodeStep,
  code,
  type Fragment,
  type HookContext,
  isDragonfabError,
  isFragment,
  type Step,
  type Steps,
  sh,
  step,
  type UploadRequest,
  usageError,
} from '@dragonfab/core'
import type { HostEnv } from '../project/types.ts'

/** What hooks and tasks receive. */
export function hookContext(
  env: HostEnv,
  call: { readonly signal: string; readonly undoing: boolean; readonly directory: string; readonly envs?: readonly HostEnv[] },
): HookContext {
  return {
    env,
    envs: call.envs ?? [env],
    sh,
    step,
    code,
    local: (strings, ...values) => step(sh(strings, ...values), { target: 'local' }),
    firstHost: (what: Fragment | Step) => step(isFragment(what) ? step(what) : what, { firstHost: true }),
    upload: (from, to, options = {}) => uploadStep({ from, to, ...options, state: env.stateDir }, call.directory),
    signal: call.signal,
    undoing: call.undoing,
  }
}

/** Sends the contents of a folder on this machine into a folder on the host. */
function uploadStep(request: UploadRequest, directory: string): CodeStep {
  const { from, include, exclude } = request
  return code(
    {
      name: 'upload',
      title: `upload ${from}`,
      args: request,
      uploads: request,
      inputs: (folderHash) => folderHash(resolve(directory, from), { include, exclude }),
    },
    (context) => context.upload(request),
  )
}

/** Whatever a hook returns, as a flat list of steps. */
export function toSteps(value: Steps): readonly Step[] {
  if (!value) return []
  if (isFragment(value)) return [step(value)]
  if (Array.isArray(value)) return value.flatMap((each: Steps) => toSteps(each))
  return [value as Step]
}

/** Calls a hook or a task. Adds its plugin and signal to what it throws, and keeps the stack, which has the line. */
export function callHook<T>({ signal, plugin }: { readonly signal: string; readonly plugin: string }, call: () => T): T {
  try {
    return call()
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    const problems = isDragonfabError(thrown) ? thrown.problems : [{ code: 'HOOK_FAILED', message }]
    const signalLabel = plugin === 'config' ? signal : `${signal} (plugin ${plugin})`
    const error = usageError(problems.map((problem) => ({ ...problem, message: `${signalLabel}: ${problem.message}` })))
    if (thrown instanceof Error && thrown.stack) error.stack = thrown.stack
    throw error
  }
}
