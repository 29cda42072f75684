import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resolveCli, waitUntil } from '@dragonfab/test-kit'
import type { Contender } from '../contender.ts'
import { userProject } from '../project.ts'
import { timed } from '../timed.ts'
import type { Fleet } from './fleet.ts'
import type { Job } from './job.ts'

const script = fileURLToPath(new URL('deploy.sh', import.meta.url))

/** One compound script over a new plain `ssh` per host, all at the same time. */
export function plainSsh(name: string, fleet: Fleet, job: Job, options = ''): Contender {
  const { cluster, proxied, env, path } = fleet
  const hosts = cluster.hosts.map((host) => `${host.name}=${path(host.name, name)}`)
  const linked = [...job.linkedFiles, ...job.linkedDirs].join(' ')
  let count = 0
  const argv = () => {
    const release = `release-${String(++count).padStart(6, '0')}`
    return [script, proxied.sshConfig, job.url, job.branch, release, String(job.keep), linked, ...hosts]
  }
  return timed(name, argv, { env: { ...env, SSH_OPTIONS: options } })
}

/** The built program in a user's project, with its config as TypeScript or as a module. */
export async function dragonfab(name: string, fleet: Fleet, job: Job, kind: 'ts' | 'mjs'): Promise<Contender> {
  const directory = join(fleet.cluster.directory, `project-${name}`)
  await userProject(directory)
  await writeFile(join(directory, `dragonfab.config.${kind}`), config(name, fleet, job))
  let last = 0
  // The name of a release is its second. A second release in the same second would be refused and planned again with another name.
  const before = async () => {
    await waitUntil('the next second', () => Math.floor(Date.now() / 1000) > last)
    last = Math.floor(Date.now() / 1000)
  }
  return timed(name, [...resolveCli(), 'release', '-s', 'production'], { cwd: directory, env: fleet.env, before })
}

function config(contender: string, { cluster, proxied, path }: Fleet, { url, branch, keep, linkedFiles, linkedDirs }: Job): string {
  const hosts = cluster.hosts.map(({ name }, index) => {
    const { address, port } = proxied.proxies[index] ?? { address: '', port: 0 }
    const own = path(name, contender)
    // All hosts are one machine: work of another host on its release of the same name must not look like a use of this one.
    return { name, address: `${address}:${port}`, path: own, releasesPath: `${own}/releases-${name}` }
  })
  const production = { user: cluster.user.name, knownHosts: [proxied.knownHosts], keepReleases: keep, linkedFiles, linkedDirs, hosts }
  return `import git from '@dragonfab/plugin-git'
import { defineConfig } from 'dragonfab'

export default defineConfig({
  appName: 'bench',
  plugins: [git({ repo: ${JSON.stringify(url)}, branch: ${JSON.stringify(branch)} })],
  environments: { production: ${JSON.stringify(production)} },
})
`
}
