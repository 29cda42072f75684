import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { mustRun } from '@dragonfab/test-kit'

export type Packed = 'tar' | 'tgz' | 'zst' | 'zip'
export type Files = Readonly<Record<string, string | { readonly text: string; readonly mode: number }>>

/** An archive as a build makes one. */
export async function pack(kind: Packed, files: Files, shell = ''): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-pack-'))
  try {
    const tree = join(directory, 'tree')
    for (const [name, file] of Object.entries(files)) {
      const { text, mode } = typeof file === 'string' ? { text: file, mode: 0o644 } : file
      await mkdir(dirname(join(tree, name)), { recursive: true })
      await writeFile(join(tree, name), text)
      await chmod(join(tree, name), mode)
    }
    const archive = join(directory, 'archive')
    const how = {
      tar: 'tar -cf "$1" .',
      tgz: 'tar -czf "$1" .',
      zst: 'tar -cf - . | zstd -qo "$1"',
      zip: 'zip -qry "$1.zip" . && mv "$1.zip" "$1"',
    }
    await mustRun(['sh', '-ec', `${shell}\n${how[kind]}`, 'sh', archive], { cwd: tree })
    return await readFile(archive)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
