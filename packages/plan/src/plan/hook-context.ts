import { code, type Fragment, type HookContext, isFragment, type Step, sh, step } from '@dragonfab/core'
import type { HostEnv } from '../project/types.ts'
import { uploadStep } from './upload-step.ts'

/** What hooks and tasks get in their hands. */
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
