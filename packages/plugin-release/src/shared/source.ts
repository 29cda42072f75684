import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { collect, DragonfabError, type Executor, toProblem } from '@dragonfab/core'

/** The content of a file on this machine, or undefined if it does not exist. */
export async function readSource(folder: string, path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(join(folder, path))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw new DragonfabError({
      code: 'SHARED_FAILED',
      message: `${join(folder, path)} cannot be read on this machine`,
      cause: toProblem(error, { code: 'SHARED_FAILED' }).message,
    })
  }
}

/** Only the file's owner can read it, because it may be secret. */
export async function writeSource(folder: string, path: string, content: Buffer): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.${process.pid}.new`
  await writeFile(fresh, content, { mode: 0o600 })
  await chmod(fresh, 0o600)
  await rename(fresh, file)
}

/** The files that git tracks. None if git is not installed or the folder is not in a repository. */
export async function listTracked(local: Executor, folder: string, paths: readonly string[]): Promise<readonly string[]> {
  const argv = ['git', '--literal-pathspecs', '-C', folder, 'ls-files', '-z', '--', ...paths]
  const result = await collect(local, argv).catch(() => undefined)
  return result?.status === 0 ? result.stdout.split('\0').filter(Boolean) : []
}
