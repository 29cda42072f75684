import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun, resolveCli } from '@dragonfab/test-kit'
import type { Contender } from '../contender.ts'
import { userProject } from '../project.ts'
import type { Fleet } from '../release/fleet.ts'
import { timed } from '../timed.ts'
import type { Job } from './job.ts'

/** One that fills a new folder on the host each time it is run. */
export interface Uploading extends Contender {
  /** What was filled last. */
  readonly last: () => string
}

export interface Place {
  readonly fleet: Fleet
  readonly folder: string
  readonly job: Job
}

/** What a contender fills next, and what it filled before. Only these two are kept; of a cold job not even the one before. */
export function places(name: string, { fleet, job }: Place) {
  const root = fleet.path('web1', `${name} ${job.name}`.replaceAll(/\W+/g, '-'))
  let count = 0
  const at = (number: number): string => `${root}/${number}`
  const next = async (): Promise<void> => {
    count++
    await rm(at(count - 2), { recursive: true, force: true })
    if (!job.warm) await rm(root, { recursive: true, force: true })
    await mkdir(root, { recursive: true })
    await mustRun(['chown', `${fleet.cluster.user.uid}:${fleet.cluster.user.gid}`, root])
  }
  return { root, next, now: () => at(count), before: () => at(count - 1) }
}

/** rsync as people use it for releases: what is unchanged is hard-linked; it goes by size and time, or compares and copies (`how`). */
export function rsync(name: string, place: Place, how: readonly string[] = ['-a', '--link-dest']): Uploading {
  const { fleet, folder, job } = place
  const { now, before, next } = places(name, place)
  const [flags = '', dest = ''] = how
  const argv = () => {
    const kept = job.warm ? [`${dest}=${before()}`] : []
    return ['rsync', flags, ...kept, '-e', `ssh -F ${fleet.proxied.sshConfig}`, `${folder}/`, `web1:${now()}/`]
  }
  return { ...timed(name, argv, { env: fleet.env, before: next }), last: now }
}

/** `tar | ssh tar`, which sends all of it. */
export function tarOverSsh(name: string, place: Place): Uploading {
  const { fleet, folder } = place
  const { now, next } = places(name, place)
  const script = 'tar -C "$1" -cf - . | ssh -F "$2" web1 "mkdir -p $3 && tar -xf - -C $3"'
  const argv = () => ['sh', '-c', script, 'sh', folder, fleet.proxied.sshConfig, now()]
  return { ...timed(name, argv, { env: fleet.env, before: next }), last: now }
}

/** The whole program: starts, connects, locks, uploads, ends. `unchanged`: whether files that the host has are copied there, or hard-linked as rsync does. */
export async function dragonfab(name: string, place: Place, unchanged: 'copy' | 'link'): Promise<Uploading> {
  const { fleet, folder, job } = place
  const { root, now, next } = places(name, place)
  const directory = join(fleet.cluster.directory, `upload-${unchanged}-${job.name.replaceAll(/\W+/g, '-')}`)
  await userProject(directory)
  const { address, port } = fleet.proxied.proxies[0] ?? { address: '', port: 0 }
  const production = {
    user: fleet.cluster.user.name,
    knownHosts: [fleet.proxied.knownHosts],
    hosts: [{ name: 'web1', address: `${address}:${port}`, path: root, stateDir: `${root}/.dragonfab` }],
  }
  await writeFile(
    join(directory, 'dragonfab.config.mjs'),
    `import { defineConfig } from 'dragonfab'
export default defineConfig({
  appName: 'bench',
  environments: { production: ${JSON.stringify(production)} },
  tasks: { ship: { summary: 'Upload', args: ['to'], run: ({ args, upload }) => upload(${JSON.stringify(folder)}, args.to, { unchanged: '${unchanged}' }) } },
})
`,
  )
  return {
    ...timed(name, () => [...resolveCli(), 'production', `ship:${now()}`], { cwd: directory, env: fleet.env, before: next }),
    last: now,
  }
}
