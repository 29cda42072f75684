import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectContext, DragonfabError, type Executor, isDragonfabError } from '@dragonfab/core'
import type { LxcEnv } from './env.ts'

/** Errors after which another attempt, or another address, may succeed. */
const retryableCodes = ['SSH_REFUSED', 'SSH_UNREACHABLE', 'SSH_TIMEOUT', 'SSH_ENDED']

/**
 * Enters a container by SSH to its sshd, through its machine if that is remote. Its host keys were read within the container, and are trusted only for
 * it, because a recreated container has others.
 */
export async function connectBySsh(
  { env, ssh, executor }: ConnectContext<LxcEnv>,
  container: { readonly name: string; readonly addresses: readonly string[]; readonly keys: readonly string[] },
): Promise<Executor> {
  const { name, addresses, keys } = container
  if (!keys.length) {
    throw new DragonfabError({
      code: 'LXC_NO_HOST_KEY',
      host: env.host,
      message: `${name} has no SSH host keys, so it has no sshd`,
      remedy: 'install openssh-server in the template, or enter by lxc-attach (lxcEnter: attach)',
    })
  }
  const folder = await mkdtemp(join(tmpdir(), 'dragonfab-lxc-'))
  const knownHosts = join(folder, 'known_hosts')
  const removeFolder = () => rm(folder, { recursive: true, force: true })
  await writeFile(knownHosts, addresses.flatMap((address) => keys.map((key) => `${address} ${key}\n`)).join(''), { mode: 0o600 })
  const end = Date.now() + env.lxcWait * 1000
  for (;;) {
    let failure: unknown
    for (const host of addresses) {
      const hostExecutor = await ssh({ host, user: env.user, knownHosts: [knownHosts] })
      try {
        const probe = await hostExecutor.open(['true'])
        probe.end()
        await probe.done
        return {
          label: `${executor.label} › ssh:${env.user}@${name}`,
          open: (argv, options) => hostExecutor.open(argv, options),
          close: async () => {
            await Promise.all([hostExecutor.close(), executor.close(), removeFolder()])
          },
          ...(hostExecutor.forward && { forward: hostExecutor.forward.bind(hostExecutor) }),
        }
      } catch (error) {
        failure = error
        await hostExecutor.close()
        if (!isDragonfabError(error) || !retryableCodes.includes(error.code)) {
          await removeFolder()
          throw error
        }
      }
    }
    if (Date.now() > end) {
      await removeFolder()
      throw failure
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
