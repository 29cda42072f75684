import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { prepareDumpsFolder } from '../dumps/folder.ts'

/** A protected database that was used from this machine. */
export interface ProtectedDatabase {
  readonly environment: string
  /** The system identifier of its cluster. */
  readonly system: string
  readonly name: string
}

const protectedFile = '.protected.json'

/** The protected databases that were used from this machine before, under any environment's name. */
export async function readProtected(folder: string): Promise<readonly ProtectedDatabase[]> {
  const text = await readFile(join(folder, protectedFile), 'utf8').catch(() => undefined)
  try {
    return text === undefined ? [] : (JSON.parse(text) as readonly ProtectedDatabase[])
  } catch {
    return []
  }
}

export async function saveProtected(folder: string, entry: ProtectedDatabase): Promise<void> {
  const existing = await readProtected(folder)
  const same = ({ system, name, environment }: ProtectedDatabase) =>
    system === entry.system && name === entry.name && environment === entry.environment
  if (existing.some(same)) return
  await prepareDumpsFolder(folder)
  const file = join(folder, `${protectedFile}.${process.pid}`)
  await writeFile(file, `${JSON.stringify([...existing, entry], undefined, 2)}\n`, { mode: 0o600 })
  await rename(file, join(folder, protectedFile))
}
