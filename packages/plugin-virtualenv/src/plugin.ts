import { definePlugin, isDragonfabError } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { virtualenvOptions, wrapperOptions } from './options.ts'
import { buildVenv } from './steps/build.ts'
import { checkVenv } from './steps/check.ts'
import { cleanVenvs } from './steps/clean.ts'
import { verifyVenv } from './steps/verify.ts'
import { type BuildOptions, type ReleasePaths, resolveVenv, trimPath } from './venv.ts'

/** A Python virtual environment for every release: made when its requirements changed, and used again otherwise. */
export const virtualenv = definePlugin({
  name: 'virtualenv',
  needs: [release()],
  options: virtualenvOptions,
  hooks: {
    'deploy.updated': ({ env }) => buildVenv(ownVenv(env)),
    'deploy.reverting': ({ env }) => verifyVenv(ownVenv(env).releaseVenv),
    'deploy.finishing': ({ env }) => cleanVenvs(ownVenv(env)),
    check: ({ env }) => checkVenv(checkOptionsOf(env.virtualenv)),
  },
})

/** One virtual environment under WORKON_HOME that all releases share: a link to the venv of the live release. */
export const virtualenvwrapper = definePlugin({
  name: 'virtualenvwrapper',
  needs: [release()],
  options: wrapperOptions,
  hooks: {
    'deploy.updated': ({ env }) => buildVenv(sharedVenv(env)),
    'deploy.reverting': ({ env }) => verifyVenv(sharedVenv(env).releaseVenv),
    'deploy.finishing': ({ env }) => cleanVenvs(sharedVenv(env)),
    check: ({ env }) => checkVenv(checkOptionsOf(env.virtualenvwrapper)),
  },
})

function ownVenv(env: ReleasePaths & { readonly virtualenv: BuildOptions & { readonly venvPath: string } }) {
  return resolveVenv(env, 'virtualenv', { option: 'venvPath', value: env.virtualenv.venvPath }, env.virtualenv)
}

function sharedVenv(
  env: ReleasePaths & { readonly virtualenvwrapper: BuildOptions & { readonly home: string; readonly project: string } },
) {
  const { home, project } = env.virtualenvwrapper
  // The original's default has a slash too many, which configurations copied from it have as well.
  const value = trimPath(project.startsWith('/') ? project : `${home}/${project}`)
  return resolveVenv(env, 'virtualenvwrapper', { option: 'project', value }, env.virtualenvwrapper)
}

/** The options that `check` looks at. One that names the release cannot be known while none is made. */
function checkOptionsOf(options: Pick<BuildOptions, 'tool' | 'python' | 'executive' | 'wheelhouse'>) {
  const [executive, wheelhouse] = [readIfKnown(() => options.executive), readIfKnown(() => options.wheelhouse)]
  return { tool: options.tool, python: options.python, executive, wheelhouse }
}

function readIfKnown<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isDragonfabError(error) && error.code === 'VARIABLE_NOT_KNOWN') return undefined
    throw error
  }
}
