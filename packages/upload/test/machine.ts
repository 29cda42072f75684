import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CodeContext, Executor, UploadRequest } from '@dragonfab/core'
import { mustRun } from '@dragonfab/test-kit'
// By its path: `@dragonfab/run` depends on this package, and a package cannot depend on one that depends on it.
import { localExecutor } from '../../run/src/local-executor.ts'
import { createRunScope } from '../../run/src/run-scope.ts'
import { uploadFolder } from '../src/index.ts'

export { localExecutor }

export const shells = ['dash', 'bash', 'busybox'] as const

/** A host whose `sh` is the given one; with `busybox`, all its programs are, as on Alpine. `path` replaces what is in PATH. */
export async function machine(directory: string, shell: (typeof shells)[number], path?: string): Promise<Executor> {
  const local = localExecutor('machine')
  const bin = join(directory, 'bin')
  await mkdir(bin, { recursive: true })
  if (shell === 'busybox') await mustRun(['busybox', '--install', '-s', bin])
  const sh = shell === 'busybox' ? ['/bin/busybox', 'ash'] : [`/bin/${shell}`]
  const PATH = path ?? (shell === 'busybox' ? bin : (process.env.PATH ?? ''))
  return { ...local, open: ([, ...args], options) => local.open([...sh, ...args], { ...options, env: { PATH } }) }
}

/** Sends, and gives what was told. */
export type Uploader = (more: Partial<UploadRequest>, signal?: AbortSignal) => Promise<string>

/** Uploads from `<directory>/dist` to `<directory>/one`, unless the request says otherwise. */
export function uploader(directory: string, executor: Executor): Uploader {
  return async (more, signal = new AbortController().signal) => {
    const told: string[] = []
    const request = { from: 'dist', to: join(directory, 'one'), state: join(directory, 'state'), ...more }
    const context: CodeContext = {
      executor,
      local: localExecutor(),
      host: 'web1',
      run: createRunScope(),
      directory,
      signal,
      log: (line) => void told.push(line),
      progress: (text) => void told.push(`\r${text}`),
      capture: () => Promise.reject(new Error('not asked')),
      mask: (text) => text,
      confirm: () => Promise.reject(new Error('not asked')),
      upload: () => Promise.reject(new Error('not asked')),
      environments: [],
      hostsOf: () => Promise.reject(new Error('not asked')),
    }
    await uploadFolder(request, context)
    return told.join('\n')
  }
}

/** The same host, with something done around every write to it; `count` begins with 1, which is the script. */
export function writing(executor: Executor, around: (write: () => Promise<void>, count: number) => Promise<void>): Executor {
  return {
    ...executor,
    open: async (argv, options) => {
      const inner = await executor.open(argv, options)
      let count = 0
      return { ...inner, write: (data) => around(() => inner.write(data), ++count) }
    },
  }
}
