import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FileSpec } from '@dragonfab/test-kit'

/** Writes files into a folder. Paths are one character a byte. */
export function build(folder: string, files: Readonly<Record<string, FileSpec>>): void {
  for (const [name, spec] of Object.entries(files)) {
    const path = Buffer.from(join(folder, name), 'latin1')
    mkdirSync(Buffer.from(dirname(path.toString('latin1')), 'latin1'), { recursive: true })
    rmSync(path, { force: true, recursive: true })
    if (typeof spec === 'object' && 'link' in spec) symlinkSync(spec.link, path)
    else if (typeof spec === 'object' && 'content' in spec) {
      writeFileSync(path, spec.content)
      chmodSync(path, spec.mode)
    } else writeFileSync(path, spec)
  }
}
