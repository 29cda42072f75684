import { type CodeContext, type CodeStep, code, DragonfabError, type Executor, isDragonfabError } from '@dragonfab/core'
import { type DebEnv, packageDir } from '../env.ts'
import { connectBuildHost } from './host-build.ts'
import { prepareScript } from './prepare.ts'
import { buildRemotely } from './remote-build.ts'
import { buildScript } from './script.ts'

/** Builds in a throwaway container, on this machine or on `deb.buildHost`. All build dependencies are installed in it first. */
export function buildInContainer(env: DebEnv, template: string): CodeStep {
  const { packageName, source, buildHost: host, buildInPath: path, buildInWait: wait } = env.deb
  const script = buildScript(env, prepareScript)
  const args = { template, path, host, source, folder: packageDir(env), script: script.toString() }
  const title = `build ${packageName} in a container of ${template}${host === undefined ? '' : ` on ${host}`}`
  const connect = host === undefined ? withLocalExecutor : connectBuildHost(env, host)
  return code({ name: 'deb.build', title, args, target: 'local', showOutput: true }, async (context) => {
    const { createThrowaway: throwaway } = await importPluginLxc()
    const { signal, log } = context
    await connect(context, async (machine) => {
      const options = { machine, host: host ?? 'local', template, path, wait, signal, log }
      const container = await throwaway(options).catch((error: unknown) => Promise.reject(withBuildInRemedy(error, template)))
      try {
        await buildRemotely(env, { executor: container.executor, host: container.name, script }, context)
      } catch (error) {
        // The build's error is the reason, even if the container cannot be removed.
        await container
          .remove()
          .catch((cleanupError: unknown) => log(isDragonfabError(cleanupError) ? cleanupError.message : String(cleanupError)))
        throw error
      }
      await container.remove()
    })
  })
}

const withLocalExecutor = ({ local }: CodeContext, work: (executor: Executor) => Promise<void>): Promise<void> => work(local)

/** Loaded on demand, because only builds in containers need it. */
async function importPluginLxc() {
  try {
    return await import('@dragonfab/plugin-lxc')
  } catch (cause) {
    throw new DragonfabError({
      code: 'DEB_NO_LXC',
      message: 'deb.buildIn needs the package @dragonfab/plugin-lxc, which cannot be loaded',
      cause: cause instanceof Error ? cause.message : String(cause),
      remedy: 'npm install --save-dev @dragonfab/plugin-lxc',
    })
  }
}

/** The remedy must name this plugin's option for the template. */
function withBuildInRemedy(error: unknown, template: string): unknown {
  if (!isDragonfabError(error) || error.code !== 'LXC_NO_TEMPLATE') return error
  const remedy = `in an environment that is a container, run dragonfab <environment> lxc.template --lxc-template ${template}; or name another template: deb.buildIn`
  return new DragonfabError(
    error.problems.map((problem) => ({ ...problem, remedy })),
    error.status,
  )
}
