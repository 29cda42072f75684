import { chmodSync, copyFileSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A damage to a live release that a comparison must see, and its undoing. */
export interface Mutation {
  readonly name: string
  apply(): void
  revert(): void
}

/** One of each kind. The release is one of a fixture with nasty files, of which `config/app.ini` is linked. */
export function listMutations(path: string): readonly Mutation[] {
  const at = (name: string) => join(path, 'current', name)
  const change = (name: string, file: string, text: (was: string) => string): Mutation => {
    const was = readFileSync(at(file), 'latin1')
    return { name, apply: () => writeFileSync(at(file), text(was), 'latin1'), revert: () => writeFileSync(at(file), was, 'latin1') }
  }
  const target = readlinkSync(at('config/app.ini'))
  return [
    change('byte', 'nasty/binary', (was) => `${was.slice(0, -1)}X`),
    { name: 'mode', apply: () => chmodSync(at('nasty/executable'), 0o644), revert: () => chmodSync(at('nasty/executable'), 0o755) },
    {
      name: 'link',
      apply: () => {
        unlinkSync(at('config/app.ini'))
        copyFileSync(target, at('config/app.ini'))
      },
      revert: () => {
        rmSync(at('config/app.ini'))
        symlinkSync(target, at('config/app.ini'))
      },
    },
    {
      name: 'name',
      apply: () => renameSync(at('README.md'), at('README.markdown')),
      revert: () => renameSync(at('README.markdown'), at('README.md')),
    },
    change('REVISION', 'REVISION', (was) => `${was.slice(1)}`),
  ]
}
