import { randomBytes } from 'node:crypto'
import { mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readKeyType } from './key-blob.ts'
import { readKnownHosts } from './known-hosts.ts'
import { hashHostName } from './known-hosts-line.ts'

/** A lock that is older than this is stale, because writing takes only a millisecond. */
const staleMs = 10_000

/**
 * Adds a key to a known_hosts file, and creates the file with mode 0600 if it does not exist. Other clients may do so at the same time, so a
 * lock beside the file and a second check make sure that each key is added once. Rejects if the file cannot be written.
 */
export async function learnHostKey(file: string, name: string, blob: Buffer, options: { hash: boolean }): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const unlock = await lockFile(`${file}.lock`)
  try {
    const existing = await readKnownHosts(file)
    if (existing.some((key) => key.marker === undefined && key.blob.equals(blob) && key.matches(name))) return
    const handle = await open(file, 'a+', 0o600)
    try {
      const { size } = await handle.stat()
      const last = Buffer.alloc(1)
      if (size > 0) await handle.read(last, 0, 1, size - 1)
      // A single write at the end of the file, even if its last line has no newline.
      await handle.write(
        `${size > 0 && last[0] !== 0x0a ? '\n' : ''}${options.hash ? hashHostName(name, randomBytes(20)) : name} ${readKeyType(blob)} ${blob.toString('base64')}\n`,
      )
    } finally {
      await handle.close()
    }
  } finally {
    await unlock()
  }
}

async function lockFile(path: string): Promise<() => Promise<void>> {
  const until = Date.now() + 2 * staleMs
  for (;;) {
    try {
      await (await open(path, 'wx', 0o600)).close()
      return () => rm(path, { force: true })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // Even if no lock can be created in the directory, the file itself may be writable.
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return async () => undefined
      if (code !== 'EEXIST' || Date.now() > until) throw error
    }
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (age > staleMs) await rm(path, { force: true })
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20))
  }
}
