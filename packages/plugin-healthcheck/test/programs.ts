import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** A folder with links to the programs of this machine, without some: a host where those are not installed. */
export function programsWithout(folder: string, without: readonly RegExp[], more: Readonly<Record<string, string>> = {}): string {
  mkdirSync(folder, { recursive: true })
  const names = readdirSync('/usr/bin').filter((name) => !(name in more) && !without.some((pattern) => pattern.test(name)))
  for (const name of names) symlinkSync(join('/usr/bin', name), join(folder, name))
  for (const [name, target] of Object.entries(more)) symlinkSync(target, join(folder, name))
  return folder
}
