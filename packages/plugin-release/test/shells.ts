import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Fragment, isFragment, render, reveal, type Secret, type Step } from '@dragonfab/core'
import type { Layout } from '../src/layout.ts'

/** The shells in which scripts must run. Under busybox, every tool is busybox's. */
export const shells = ['dash', 'bash', 'busybox'] as const
export type TestShell = (typeof shells)[number]

let applets: string | undefined

/** A folder in which every name is busybox. */
function busyboxPath(): string {
  if (applets) return applets
  applets = mkdtempSync(join(tmpdir(), 'applets-'))
  chmodSync(applets, 0o755)
  const list = spawnSync('busybox', ['--list'], { encoding: 'utf8' })
  if (list.status !== 0) throw new Error('busybox is not installed')
  for (const name of list.stdout.split('\n')) if (name) symlinkSync('/bin/busybox', join(applets, name))
  process.once('exit', () => applets && rmSync(applets, { recursive: true, force: true }))
  return applets
}

export interface ShellOutcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ShellHost extends Layout {
  readonly root: string
  readonly state: string
  /** Runs steps one after another as the session does, each in a subshell; stops at the first that fails. */
  run(
    steps: Step | Fragment | null | undefined | false | readonly (Step | Fragment | null | undefined | false)[],
    options?: { readonly run?: string; readonly env?: NodeJS.ProcessEnv; readonly before?: string; readonly as?: number },
  ): ShellOutcome
  journal(): readonly string[]
  current(): string | undefined
  read(path: string): string
  has(path: string): boolean
  write(path: string, text?: string): void
  remove(): void
}

/** A directory that stands for a host. Its path has a blank and a quote in it, as a user's may. */
export function createShellHost(shell: TestShell): ShellHost {
  const root = mkdtempSync(join(tmpdir(), "release it's-"))
  const path = join(root, 'my app')
  const state = join(path, '.dragonfab')
  const at = (place: string) => join(path, place)
  return {
    root,
    path,
    state,
    releasesPath: at('releases'),
    sharedPath: at('shared'),
    currentPath: at('current'),
    run(steps, options = {}) {
      const run = join(state, 'run', options.run ?? 'r1')
      mkdirSync(run, { recursive: true })
      const secrets: Secret[] = []
      const texts = (Array.isArray(steps) ? steps : [steps])
        .filter((each) => !!each)
        .map((each) => textOf(each as Step | Fragment, secrets))
      const holes = secrets.map((secret, index) => `DF_S${index + 1}=${single(reveal(secret))}`)
      const script = [
        ...(options.before ? [options.before] : []),
        `DF_R=${single(options.run ?? 'r1')}`,
        `DF_RUN=${single(run)}`,
        `DF_STATE=${single(state)}`,
        `DF_WHO='"user":"me"'`,
        ...holes,
        ...texts.map(
          ({ text, warns }) =>
            `main() {\n(set -eu; cd ${single(path)}\n${text}\n)\n}\nmain </dev/null\n${warns ? ':' : 'rc=$?; [ "$rc" = 0 ] || exit "$rc"'}`,
        ),
      ].join('\n')
      return spawn(shell, script, options.env, options.as)
    },
    journal: () => (existsSync(join(state, 'journal')) ? readFileSync(join(state, 'journal'), 'utf8').split('\n').filter(Boolean) : []),
    current: () => {
      try {
        return readlinkSync(at('current'))
      } catch {
        return undefined
      }
    },
    read: (place) => readFileSync(at(place), 'utf8'),
    has: (place) => existsSync(at(place)),
    write: (place, text = '') => {
      mkdirSync(join(at(place), '..'), { recursive: true })
      writeFileSync(at(place), text)
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** `( … ) || exit` would disable errexit inside, so the status goes through a variable, as in the compiled script. */
function textOf(what: Step | Fragment, secrets: Secret[]): { text: string; warns: boolean } {
  const fragment = isFragment(what) ? what : what.kind === 'shell' ? what.text : undefined
  if (!fragment) throw new Error('a code step')
  const text = render(fragment, (secret) => {
    secrets.push(secret)
    return `"$DF_S${secrets.length}"`
  })
  return { text, warns: !isFragment(what) && (what.allowFailure ?? false) }
}

const single = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

export function spawn(shell: TestShell, script: string, env: NodeJS.ProcessEnv = process.env, uid?: number): ShellOutcome {
  const path = shell === 'busybox' ? { PATH: busyboxPath() } : {}
  const program = shell === 'busybox' ? '/bin/busybox' : `/bin/${shell}`
  const options: SpawnSyncOptionsWithStringEncoding & { detached: boolean } = {
    input: script,
    encoding: 'utf8',
    env: { ...env, ...path },
    maxBuffer: 1e8,
    // Its own process group, as the session has, so that `kill -KILL 0` ends only that group.
    detached: true,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  }
  const done = spawnSync(program, shell === 'busybox' ? ['sh'] : [], options)
  if (done.error) throw new Error(`${shell}: ${done.error.message}`)
  return { status: done.status, stdout: done.stdout, stderr: done.stderr }
}
