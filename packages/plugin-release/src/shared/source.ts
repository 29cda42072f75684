import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DragonfabError } from '@dragonfab/core'

/** The content of a file here, or nothing where there is none. */
export async function readSource(folder: string, path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(join(folder, path))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw new DragonfabError({
      code: 'SHARED_FAILED',
      message: `${join(folder, path)} cannot be read on this machine`,
      cause: error instanceof Error ? error.message : String(error),
    })
  }
}

/** Readable for its owner alone: it may be secret. */
export async function writeSource(folder: string, path: string, content: Buffer): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.${process.pid}.new`
  await writeFile(fresh, content, { mode: 0o600 })
  await chmod(fresh, 0o600)
  await rename(fresh, file)
}

/** Those of the files that git has in its index. None where there is no git, or no repository. */
export function listTracked(folder: string, paths: readonly string[]): Promise<readonly string[]> {
  return new Promise((resolve) => {
    execFile('git', ['--literal-pathspecs', '-C', folder, 'ls-files', '-z', '--', ...paths], (error, stdout) =>
      resolve(error ? [] : stdout.split('\0').filter(Boolean)),
    )
  })
}
