import { definePlugin, isDragonfabError } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { virtualenvOptions, wrapperOptions } from './options.ts'
import { build } from './steps/build.ts'
import { check } from './steps/check.ts'
import { clean } from './steps/clean.ts'
import { verify } from './steps/verify.ts'
import { type BuildOptions, type ReleaseEnv, trimmed, venvFrom } from './venv.ts'

/** A Python virtual environment for every release: made when its requirements changed, and used again otherwise. */
export const virtualenv = definePlugin({
  name: 'virtualenv',
  needs: [release()],
  options: virtualenvOptions,
  hooks: {
    'deploy.updated': ({ env }) => build(own(env)),
    'deploy.reverting': ({ env }) => verify(own(env).inside),
    'deploy.finishing': ({ env }) => clean(own(env)),
    check: ({ env }) => check(known(env.virtualenv)),
  },
})

/** One virtual environment under WORKON_HOME that all releases share: a link to the venv of the live release. */
export const virtualenvwrapper = definePlugin({
  name: 'virtualenvwrapper',
  needs: [release()],
  options: wrapperOptions,
  hooks: {
    'deploy.updated': ({ env }) => build(shared(env)),
    'deploy.reverting': ({ env }) => verify(shared(env).inside),
    'deploy.finishing': ({ env }) => clean(shared(env)),
    check: ({ env }) => check(known(env.virtualenvwrapper)),
  },
})

function own(env: ReleaseEnv & { readonly virtualenv: BuildOptions & { readonly venvPath: string } }) {
  return venvFrom(env, 'virtualenv', { option: 'venvPath', value: env.virtualenv.venvPath }, env.virtualenv)
}

function shared(env: ReleaseEnv & { readonly virtualenvwrapper: BuildOptions & { readonly home: string; readonly project: string } }) {
  const { home, project } = env.virtualenvwrapper
  // The original's default has a slash too many, which configurations copied from it have as well.
  const value = trimmed(project.startsWith('/') ? project : `${home}/${project}`)
  return venvFrom(env, 'virtualenvwrapper', { option: 'project', value }, env.virtualenvwrapper)
}

/** The options that `check` looks at. One that names the release cannot be known while none is made. */
function known(options: Pick<BuildOptions, 'tool' | 'python' | 'executive' | 'wheelhouse'>) {
  const [executive, wheelhouse] = [maybe(() => options.executive), maybe(() => options.wheelhouse)]
  return { tool: options.tool, python: options.python, executive, wheelhouse }
}

function maybe<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isDragonfabError(error) && error.code === 'VARIABLE_NOT_KNOWN') return undefined
    throw error
  }
}
