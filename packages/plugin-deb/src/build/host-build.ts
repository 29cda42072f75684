import { type CodeContext, type CodeStep, code, type Executor, parseHost, usageError } from '@dragonfab/core'
import { type DebEnv, packageDir } from '../env.ts'
import { buildRemotely } from './remote-build.ts'
import { buildScript } from './script.ts'

/** Builds on another host, and fetches the result. */
export function buildOnHost(env: DebEnv, host: string): CodeStep {
  const { packageName, source } = env.deb
  const script = buildScript(env)
  const args = { host, source, folder: packageDir(env), script: script.toString() }
  const connect = connectBuildHost(env, host)
  return code({ name: 'deb.build', title: `build ${packageName} on ${host}`, args, target: 'local', showOutput: true }, (context) =>
    connect(context, (executor) => buildRemotely(env, { executor, host, script }, context)),
  )
}

/** Connects to `deb.buildHost`, for use by code steps of this run. */
export function connectBuildHost({ knownHosts, strictHostKeys, identityFiles }: DebEnv, host: string) {
  const address = parseHost(host)
  if (!('host' in address)) {
    const message = `deb.buildHost ${'wrong' in address ? address.wrong : 'is this machine'}`
    throw usageError({ code: 'BAD_VALUE', message, remedy: 'write user@host:port, or leave it out to build on this machine' })
  }
  return async ({ run }: CodeContext, work: (executor: Executor) => Promise<void>): Promise<void> =>
    work(await run.ssh({ host: address.host, port: address.port, user: address.user, knownHosts, strictHostKeys, identityFiles }))
}
