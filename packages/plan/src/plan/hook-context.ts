import { type AnyEnv, code, type Fragment, type HookContext, isFragment, type Step, sh, step } from '@dragonfab/core'
import { upload } from './upload.ts'

/** What hooks and tasks get in their hands. */
export function hookContext(
  env: AnyEnv,
  at: { readonly signal: string; readonly undoing: boolean; readonly directory: string; readonly envs?: readonly AnyEnv[] },
): HookContext {
  return {
    env,
    envs: at.envs ?? [env],
    sh,
    step,
    code,
    local: (strings, ...values) => step(sh(strings, ...values), { where: 'here' }),
    once: (what: Fragment | Step) => step(isFragment(what) ? step(what) : what, { once: true }),
    upload: (from, to, options = {}) => upload({ from, to, ...options, state: String(env.stateDir) }, at.directory),
    signal: at.signal,
    undoing: at.undoing,
  }
}
