import { mkdirSync, writeFileSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  createGitFixture,
  type GitFixture,
  type GitFixtureOptions,
  type SshHosts,
  type SshHostsOptions,
  startSshHosts,
  type TestUser,
  type Tree,
} from '@dragonfab/test-kit'
import { type AcceptanceProject, type AcceptanceProjectOptions, createProject } from './project.ts'

export interface StandOptions {
  readonly hosts: number
  readonly ssh?: SshHostsOptions | undefined
  readonly repository?: GitFixtureOptions | undefined
}

export interface AppOptions extends AcceptanceProjectOptions {
  /** How many of the hosts; all by default. */
  readonly hosts?: number | undefined
  /** Variables of the config, and of JSON all else. */
  readonly config?: object | undefined
  /** TypeScript: makes the config a TypeScript one, with this text in `defineConfig({ … })` besides `config`. */
  readonly body?: string | undefined
}

/** Real hosts and a served repository, and projects that release it there in an environment `production`. */
export interface TestStand {
  readonly cluster: SshHosts
  readonly user: TestUser
  readonly repository: GitFixture
  readonly url: string
  /** `git ls-tree` of every commit, by its name. */
  readonly trees: ReadonlyMap<string, Tree>
  /** A further commit of `main`. */
  commit(files: Parameters<GitFixture['commit']>[0]): Promise<string>
  app(options?: AppOptions): Promise<AcceptanceProject>
  /** Puts files into a deployment directory, as the user of the hosts. */
  put(path: string, files: Readonly<Record<string, string>>): Promise<void>
  stop(): Promise<void>
}

export async function createStand(options: StandOptions): Promise<TestStand> {
  const [cluster, repository] = await Promise.all([startSshHosts(options.hosts, options.ssh), createGitFixture(options.repository)])
  const url = await repository.serve()
  const trees = new Map([[repository.first, await repository.tree()]])
  const projects: AcceptanceProject[] = []
  const { user } = cluster
  return {
    cluster,
    user,
    repository,
    url,
    trees,
    commit: async (files) => {
      const commit = await repository.commit(files)
      trees.set(commit, await repository.tree(commit))
      return commit
    },
    app: async ({ hosts, config = {}, body, ...more } = {}) => {
      const created = await createProject(cluster, more)
      projects.push(created)
      const production = { hosts: created.hosts.slice(0, hosts) }
      const git = { repo: url, branch: 'main' }
      if (body === undefined) await created.json({ plugins: ['git'], git, environments: { production }, ...config })
      else {
        const rest = Object.entries({ git, environments: { production }, ...config })
        const lines = rest.map(([key, value]) => `  ${key}: ${JSON.stringify(value)},`)
        await created.typescript(['  plugins: [git()],', ...lines, body].join('\n'))
      }
      return created
    },
    put: async (path, files) => {
      for (const [name, text] of Object.entries(files)) {
        const file = join(path, name)
        const created = mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, text)
        await chown(file, user.uid, user.gid)
        for (let folder = dirname(file); created !== undefined && folder.length >= created.length; folder = dirname(folder))
          await chown(folder, user.uid, user.gid)
      }
    },
    stop: async () => {
      await Promise.all([cluster.stop(), repository.remove(), ...projects.map((each) => each.remove())])
    },
  }
}
