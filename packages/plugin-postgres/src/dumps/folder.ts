import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, mkdir, open, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** Facts about a dump, in the file `<dump>.json` beside it. */
export interface Manifest {
  readonly format: 1
  readonly environment: string
  readonly host: string
  readonly database: string
  /** The system identifier of the server's cluster, and the database's oid in it. */
  readonly system: string
  readonly oid: number
  /** Rows ever written when the dump was made, by the server's statistics. A larger number later shows that something was written since. */
  readonly writes: number
  /** Whether it was made from a protected database. */
  readonly protected: boolean
  readonly serverVersion: string
  readonly dumpVersion: string
  /** When the dump was started: it shows the database at that time. */
  readonly time: string
  readonly bytes: number
  readonly sha256: string
  /** Rows by table; in plain SQL only for tables that use COPY. */
  readonly rows: Readonly<Record<string, number>>
  readonly largeObjects: number
  readonly form: 'archive' | 'plain'
  /** Whether plain SQL sets owners. */
  readonly owners: boolean
  readonly settings: { readonly encoding: string; readonly collate: string; readonly ctype: string }
}

export interface Dump {
  /** The name of its file. */
  readonly name: string
  readonly file: string
  readonly manifest: Manifest
}

/** The link to the newest dump. */
const latestLink = 'latest.dump'

/** Makes the folder for dumps. Nobody else may read it, and git ignores it. */
export async function prepareDumpsFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/** All complete dumps, newest first. Only a complete dump has a manifest. */
export async function listDumps(folder: string): Promise<readonly Dump[]> {
  const names = await readdir(folder).catch(() => [])
  const dumps = await Promise.all(
    names
      .filter((name) => name.endsWith('.dump.json'))
      .map((name) => readDump(folder, name.slice(0, -'.json'.length)).catch(() => undefined)),
  )
  return dumps.flatMap((dump) => dump ?? []).sort((one, other) => (one.manifest.time < other.manifest.time ? 1 : -1))
}

async function readDump(folder: string, name: string): Promise<Dump> {
  const file = join(folder, name)
  const [text] = await Promise.all([readFile(`${file}.json`, 'utf8'), stat(file)])
  return { name, file, manifest: JSON.parse(text) as Manifest }
}

/** Reads the manifest beside a file. A dump that Dragonfab did not make has none. */
export async function readDumpAt(file: string): Promise<Dump | undefined> {
  const text = await readFile(`${file}.json`, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : { name: basename(file), file, manifest: JSON.parse(text) as Manifest }
}

/** The newest dump of any environment. */
export async function findLatestDump(folder: string): Promise<Dump | undefined> {
  const target = await readlink(join(folder, latestLink)).catch(() => undefined)
  const dumps = await listDumps(folder)
  return dumps.find(({ name }) => name === target) ?? dumps[0]
}

/** A file for a dump that is being made. Its name does not look like a dump. Also removes the files that killed runs left behind. */
export async function createPartialFile(folder: string): Promise<{ readonly path: string; remove(): Promise<void> }> {
  await prepareDumpsFolder(folder)
  for (const name of await readdir(folder)) {
    const pid = Number(/^\.partial-(\d+)-/.exec(name)?.[1])
    if (pid && !isAlive(pid)) await rm(join(folder, name), { force: true })
  }
  const path = join(folder, `.partial-${process.pid}-${Date.now()}`)
  return { path, remove: () => rm(path, { force: true }) }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Gives a verified dump its name, and points `latest.dump` at it. Both are renames, so there is always a complete one. */
export async function keepDump(folder: string, partial: string, manifest: Manifest): Promise<Dump> {
  const stamp = manifest.time.replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  const words = [stamp, manifest.environment, manifest.database].map((word) => word.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, 60))
  const name = await findFreeName(folder, words.join('-'))
  const file = join(folder, name)
  await writeSynced(`${partial}.json`, `${JSON.stringify(manifest, undefined, 2)}\n`)
  await rename(`${partial}.json`, `${file}.json`)
  await rename(partial, file)
  const link = join(folder, `.latest-${process.pid}`)
  await rm(link, { force: true })
  await symlink(name, link)
  await rename(link, join(folder, latestLink))
  const directory = await open(folder)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
  return { name, file, manifest }
}

async function findFreeName(folder: string, stem: string): Promise<string> {
  const existing = new Set(await readdir(folder))
  for (let count = 1; ; count++) {
    const name = `${stem}${count === 1 ? '' : `-${count}`}.dump`
    if (!existing.has(name) && !existing.has(`${name}.json`)) return name
  }
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Whether a dump is of this database and environment. The roles of an environment may have different databases. */
export const isDumpOf =
  ({ environment, database }: Pick<Manifest, 'environment' | 'database'>) =>
  ({ manifest }: Dump): boolean =>
    manifest.environment === environment && manifest.database === database

/** Removes the oldest dumps of a database, so that `keep` are left. Returns the names of the removed ones. */
export async function pruneDumps(
  folder: string,
  database: Pick<Manifest, 'environment' | 'database'>,
  keep: number,
): Promise<readonly string[]> {
  const old = (await listDumps(folder)).filter(isDumpOf(database)).slice(keep)
  for (const { file } of old) {
    await rm(file, { force: true })
    await rm(`${file}.json`, { force: true })
  }
  return old.map(({ name }) => name)
}

/** The SHA-256 of a file on the disk. */
export async function hashFile(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20, ...(signal && { signal }) })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
