import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandResult, findProjectUser, runCli, type SshHosts } from '@dragonfab/test-kit'

/** A user's project with the built packages installed, and real hosts. */
export interface CurlProject {
  readonly directory: string
  /** `dragonfab …` there. */
  run(...words: readonly string[]): Promise<CommandResult>
  /** The same with more in its environment. */
  runWith(env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<CommandResult>
  write(name: string, text: string): Promise<void>
  /** `dragonfab.config.json` with the plugin's options. */
  curl(options: object, more?: object): Promise<void>
  /** Where a host's application lies. */
  path(host?: string): string
  /** A file of the live release. */
  live(name: string, host?: string): Promise<string>
  remove(): Promise<void>
}

let count = 0

export async function createCurlProject(cluster: SshHosts, more: { readonly path?: string } = {}): Promise<CurlProject> {
  const name = `shop${++count}`
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-project-'))
  const user = findProjectUser(directory, cluster.sshConfig)
  const environment = more.path === undefined ? user : { ...user, PATH: `${join(directory, '.bin')}:${more.path}` }
  const path = (host = 'web1') => join(cluster.hosts.find((each) => each.name === host)?.root ?? '', name)
  const runWith: CurlProject['runWith'] = (env, ...words) =>
    runCli(words, { cwd: directory, timeoutMs: 60_000, env: { ...environment, ...env } })
  const write: CurlProject['write'] = (file, text) => writeFile(join(directory, file), text)
  return {
    directory,
    run: (...words) => runWith({}, ...words),
    runWith,
    write,
    curl: (options, rest = {}) =>
      write(
        'dragonfab.config.json',
        JSON.stringify({
          appName: 'shop',
          plugins: ['curl'],
          curl: options,
          environments: { test: { hosts: cluster.hosts.map((host) => ({ name: host.name, path: path(host.name) })) } },
          ...rest,
        }),
      ),
    path,
    live: (file, host) => readFile(join(path(host), 'current', file), 'utf8'),
    remove: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }),
  }
}
