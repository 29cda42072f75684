import type { AnyEnv, HookContext } from '../config/erased.ts'
import { type Fragment, isFragment } from '../shell/fragment.ts'
import { sh } from '../shell/sh.ts'
import { code, type Step, step } from '../step.ts'
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
