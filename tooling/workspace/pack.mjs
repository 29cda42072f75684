// pack.mjs DIR: a tarball of every published package, as `pnpm publish` would send it.
import { mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { each, pnpm, publishable, run } from './lib/root.mjs'

/** Packs into `directory`; gives the tarballs' paths. */
export async function pack(directory) {
  mkdirSync(directory, { recursive: true })
  const packed = await each(publishable(), 2, ({ directory: cwd }) => run(pnpm('pack', '--pack-destination', directory), { cwd }))
  const failed = packed.filter(({ status }) => status !== 0)
  if (failed.length > 0) throw new Error(failed.map(({ output }) => output).join('\n'))
  return readdirSync(directory)
    .filter((name) => name.endsWith('.tgz'))
    .sort()
    .map((name) => join(directory, name))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [directory] = process.argv.slice(2)
  if (!directory) {
    console.error('pack: say where: npm run pack -- DIR')
    process.exit(2)
  }
  // npm runs scripts in the workspace's root, and says where it was called.
  for (const tarball of await pack(resolve(process.env.INIT_CWD ?? process.cwd(), directory))) console.log(tarball)
}
