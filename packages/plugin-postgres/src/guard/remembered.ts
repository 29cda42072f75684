import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dumpsFolder } from '../dumps/folder.ts'

/** A protected database as this machine has met it. */
export interface Known {
  readonly environment: string
  /** Of the cluster that it is in. */
  readonly system: string
  readonly name: string
}

const fileName = '.protected.json'

/** The protected databases that were met before, by whichever name of an environment. */
export async function remembered(folder: string): Promise<readonly Known[]> {
  const text = await readFile(join(folder, fileName), 'utf8').catch(() => undefined)
  try {
    return text === undefined ? [] : (JSON.parse(text) as readonly Known[])
  } catch {
    return []
  }
}

export async function remember(folder: string, known: Known): Promise<void> {
  const before = await remembered(folder)
  const same = ({ system, name, environment }: Known) => system === known.system && name === known.name && environment === known.environment
  if (before.some(same)) return
  await dumpsFolder(folder)
  const file = join(folder, `${fileName}.${process.pid}`)
  await writeFile(file, `${JSON.stringify([...before, known], undefined, 2)}\n`, { mode: 0o600 })
  await rename(file, join(folder, fileName))
}
