import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandResult, mustRun, runCommand } from '../command.ts'
import { ensureServers } from '../ensure-servers.ts'
import { findFreePort } from '../free-port.ts'
import type { Tree } from '../tree.ts'
import type { TestUser } from '../users.ts'
import { waitUntil } from '../wait-until.ts'
import { createNastyFiles, type FileSpec } from './nasty-files.ts'

export interface GitFixtureOptions {
  /** How many plain files to make, spread over directories; 0 by default. */
  readonly files?: number | undefined
  /** Files with names and contents that tools get wrong ({@link createNastyFiles}); no by default. */
  readonly nasty?: boolean | undefined
  /** Further files by path, one character a byte of it. */
  readonly content?: Readonly<Record<string, FileSpec>> | undefined
  /** The first branch; `main` by default. */
  readonly branch?: string | undefined
  /** Who owns it: git refuses to read a repository of somebody else. The user who runs the tests by default. */
  readonly owner?: TestUser | undefined
}

/** A bare repository with a work tree to fill it from. Everything is pushed at once. */
export interface GitFixture {
  /** The bare repository. */
  readonly path: string
  /** `file://…`: unlike a plain path, it honours `--depth`. */
  readonly url: string
  /** The work tree. */
  readonly work: string
  /** The first commit. */
  readonly first: string
  /** Writes files (`undefined` removes one), commits, pushes; gives the commit. */
  commit(files: Readonly<Record<string, FileSpec | undefined>>, message?: string): Promise<string>
  /** Makes a branch here, or goes to it. */
  branch(name: string): Promise<void>
  /** An annotated tag with `message`, else a light one. */
  tag(name: string, message?: string): Promise<void>
  submodule(other: GitFixture, path: string): Promise<string>
  sha(ref: string): Promise<string>
  /** The files of a commit, to be compared with `gitTree(directory)`. */
  tree(ref?: string): Promise<Tree>
  git(...args: string[]): Promise<string>
  /** Serves it with git's own daemon; gives `git://127.0.0.1:PORT/repo.git`, which any user may read. */
  serve(): Promise<string>
  remove(): Promise<void>
}

const environment = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A U Thor',
  GIT_AUTHOR_EMAIL: 'author@example.org',
  GIT_COMMITTER_NAME: 'A U Thor',
  GIT_COMMITTER_EMAIL: 'author@example.org',
}

export async function createGitFixture(options: GitFixtureOptions = {}): Promise<GitFixture> {
  await ensureServers()
  const { owner, branch = 'main' } = options
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-git-'))
  await chmod(directory, 0o755)
  if (owner) await chown(directory, owner.uid, owner.gid)
  const path = join(directory, 'repo.git')
  const work = join(directory, 'work')
  const run = (cwd: string, args: readonly string[], encoding?: 'latin1'): Promise<CommandResult> =>
    runCommand(['git', '-c', 'protocol.file.allow=always', '-c', 'core.quotePath=false', '-c', 'gc.auto=0', ...args], {
      cwd,
      env: environment,
      encoding,
      ...(owner && { as: owner }),
    })
  const resolveInside = async (cwd: string, args: readonly string[], encoding?: 'latin1') => {
    const result = await run(cwd, args, encoding)
    if (result.status !== 0) throw new Error(`git ${args.join(' ')}: exit status ${result.status}\n${result.stderr}`)
    return result.stdout
  }
  const git = (...args: string[]) => resolveInside(work, args)
  const push = () => git('push', '--quiet', '--mirror', path)
  await resolveInside(directory, ['init', '--quiet', '--bare', '-b', branch, path])
  await resolveInside(directory, ['init', '--quiet', '-b', branch, work])
  await resolveInside(path, ['config', 'uploadpack.allowAnySHA1InWant', 'true'])
  const sha = async (ref: string) => (await git('rev-parse', '--verify', `${ref}^{commit}`)).trim()
  const commit: GitFixture['commit'] = async (files, message = 'Change files') => {
    for (const [name, spec] of Object.entries(files)) await createRepositoryFolder(join(work, name), spec)
    // git runs as the owner, and must be able to replace what root has placed.
    if (owner) await mustRun(['chown', '-R', `${owner.uid}:${owner.gid}`, work])
    await git('add', '--all')
    await git('commit', '--quiet', '--allow-empty', '-m', message)
    await push()
    return sha('HEAD')
  }
  const first = await commit(
    { 'README.md': '# fixture\n', ...listPlainFiles(options.files ?? 0), ...(options.nasty ? createNastyFiles() : {}), ...options.content },
    'Begin',
  )
  let daemon: ChildProcess | undefined
  let served: Promise<string> | undefined
  const startDaemon = async (): Promise<string> => {
    const port = await findFreePort()
    const args = ['--reuseaddr', '--export-all', `--base-path=${directory}`, '--listen=127.0.0.1', `--port=${port}`, directory]
    // Not through `git`, which would leave the daemon behind when it is ended.
    const program = join((await mustRun(['git', '--exec-path'])).trim(), 'git-daemon')
    daemon = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
      stdio: 'ignore',
      // The owner may not be let into where the tests run.
      cwd: directory,
      env: environment,
      ...(owner && { uid: owner.uid, gid: owner.gid }),
    })
    await waitUntil('git daemon', () => isServing(port))
    return `git://127.0.0.1:${port}/repo.git`
  }
  return {
    path,
    url: `file://${path}`,
    work,
    first,
    commit,
    git,
    sha,
    branch: async (name) => {
      const known = (await run(work, ['rev-parse', '--verify', '--quiet', `refs/heads/${name}`])).status === 0
      await git('checkout', '--quiet', ...(known ? [name, '--'] : ['-b', name]))
      await push()
    },
    tag: async (name, message) => {
      await git('tag', ...(message === undefined ? [] : ['-a', '-m', message]), '--', name)
      await push()
    },
    submodule: async (other, at) => {
      await git('submodule', '--quiet', 'add', other.url, at)
      await git('commit', '--quiet', '-m', `Add ${at}`)
      await push()
      return sha('HEAD')
    },
    tree: async (ref = 'HEAD') => parseTree(await resolveInside(work, ['ls-tree', '-r', '-z', '--full-tree', ref], 'latin1')),
    serve: () => {
      // A second call gets the address of the daemon that runs already.
      served ??= startDaemon()
      return served
    },
    remove: async () => {
      daemon?.kill('SIGKILL')
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function createRepositoryFolder(shown: string, spec: FileSpec | undefined): Promise<void> {
  const path = Buffer.from(shown, 'latin1')
  const parent = path.subarray(0, path.lastIndexOf('/'))
  await rm(path, { force: true, recursive: true })
  if (spec === undefined) return
  await mkdir(parent, { recursive: true })
  if (typeof spec === 'object' && 'link' in spec) await symlink(spec.link, path)
  else if (typeof spec === 'object' && 'content' in spec) {
    await writeFile(path, spec.content)
    await chmod(path, spec.mode)
  } else await writeFile(path, spec)
}

function listPlainFiles(count: number): Record<string, FileSpec> {
  const files: Record<string, FileSpec> = {}
  for (let index = 0; index < count; index++)
    files[`src/${index % 37}/file-${index}.txt`] = `file ${index}\n`.repeat(1 + ((index * 31) % 200))
  return files
}

function parseTree(listing: string): Tree {
  const entries = listing.split('\0').filter((entry) => entry !== '' && !entry.startsWith('160000'))
  return new Map(
    entries.map((entry) => {
      const tab = entry.indexOf('\t')
      const [mode, , blob] = entry.slice(0, tab).split(' ')
      return [entry.slice(tab + 1), `${mode} ${blob}`]
    }),
  )
}

function isServing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
