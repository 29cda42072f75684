import { definePlugin } from '@dragonfab/core'
import { readIfKnown, release } from '@dragonfab/plugin-release'
import { virtualenvOptions, wrapperOptions } from './options.ts'
import { buildVenv } from './steps/build.ts'
import { checkVenv, verifyVenv } from './steps/check.ts'
import { cleanVenvs } from './steps/clean.ts'
import { type BuildOptions, type ReleasePaths, resolveVenv, trimPath } from './venv.ts'

/** A Python virtual environment for every release: created if its requirements changed, and reused otherwise. */
export const virtualenv = definePlugin({
  name: 'virtualenv',
  needs: [release()],
  options: virtualenvOptions,
  defaults: { programPaths: (env) => programPathsOf(() => env.virtualenv.venvPath) },
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
  defaults: { programPaths: (env) => programPathsOf(() => wrapperPath(env.virtualenvwrapper)) },
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
  const value = wrapperPath(env.virtualenvwrapper)
  return resolveVenv(env, 'virtualenvwrapper', { option: 'project', value }, env.virtualenvwrapper)
}

/** The original's default has one slash too many, as do configs that copied it. */
function wrapperPath({ home, project }: { readonly home: string; readonly project: string }): string {
  return trimPath(project.startsWith('/') ? project : `${home}/${project}`)
}

/** The folder where the console of the live release finds Python, unless its path contains a release. */
function programPathsOf(venvPath: () => string): readonly string[] {
  const path = readIfKnown(venvPath)
  return path === undefined ? [] : [`${path}/bin`]
}

/** The options that `check` uses. One that contains the release's path is not known unless a release is made. */
function checkOptionsOf(options: Pick<BuildOptions, 'tool' | 'python' | 'executive' | 'wheelhouse'>) {
  const [executive, wheelhouse] = [readIfKnown(() => options.executive), readIfKnown(() => options.wheelhouse)]
  return { tool: options.tool, python: options.python, executive, wheelhouse }
}
