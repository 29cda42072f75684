import { type CodeContext, type CodeStep, code, DragonfabError, type Executor, isDragonfabError } from '@dragonfab/core'
import { type DebEnv, packageDir } from '../env.ts'
import { buildElsewhere } from './elsewhere.ts'
import { buildHost } from './on-host.ts'
import { prepare } from './prepare.ts'
import { buildScript } from './script.ts'

/** Builds in a throwaway container, on this machine or on `deb.buildHost`, where all is installed first that the build needs. */
export function buildInContainer(env: DebEnv, template: string): CodeStep {
  const { packageName, source, buildHost: host, buildInPath: path, buildInWait: wait } = env.deb
  const script = buildScript(env, prepare)
  const args = { template, path, host, source, folder: packageDir(env), script: script.toString() }
  const title = `build ${packageName} in a container of ${template}${host === undefined ? '' : ` on ${host}`}`
  const connect = host === undefined ? here : buildHost(env, host)
  return code({ name: 'deb.build', title, args, where: 'here', shows: true }, async (context) => {
    const { throwaway } = await pluginLxc()
    const { signal, log } = context
    await connect(context, async (machine) => {
      const options = { machine, host: host ?? 'local', template, path, wait, signal, log }
      const container = await throwaway(options).catch((error: unknown) => Promise.reject(named(error, template)))
      try {
        await buildElsewhere(env, { executor: container.executor, host: container.name, script }, context)
      } catch (error) {
        // What the build said is the reason, whatever becomes of the container.
        await container.remove().catch((left: unknown) => log(isDragonfabError(left) ? left.message : String(left)))
        throw error
      }
      await container.remove()
    })
  })
}

const here = ({ local }: CodeContext, work: (executor: Executor) => Promise<void>): Promise<void> => work(local)

/** Only who builds in containers needs it. */
async function pluginLxc() {
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

/** The template is named by this plugin's option here. */
function named(error: unknown, template: string): unknown {
  if (!isDragonfabError(error) || error.code !== 'LXC_NO_TEMPLATE') return error
  const remedy = `make it: dragonfab <environment> lxc.template --lxc-template ${template}, with an environment that is a container; or name another one: deb.buildIn`
  return new DragonfabError(
    error.problems.map((problem) => ({ ...problem, remedy })),
    error.status,
  )
}
