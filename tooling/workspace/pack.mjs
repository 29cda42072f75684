// pack.mjs DIR: a tarball of every published package, as `pnpm publish` would send it.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { each, pnpm, publishable, readJson, run } from './lib/root.mjs'

/** Packs into `directory`; gives the tarballs' paths. */
export async function pack(directory) {
  mkdirSync(directory, { recursive: true })
  const aside = mkdtempSync(join(tmpdir(), 'dragonfab-pack-'))
  try {
    const packed = await each(publishable(), 2, (one) => packOne(one, join(aside, basename(one.directory)), directory))
    const failed = packed.filter(({ status }) => status !== 0)
    if (failed.length > 0) throw new Error(failed.map(({ output }) => output).join('\n'))
  } finally {
    rmSync(aside, { recursive: true })
  }
  return readdirSync(directory)
    .filter((name) => name.endsWith('.tgz'))
    .sort()
    .map((name) => join(directory, name))
}

/**
 * pnpm puts versions in the place of `workspace:` and applies `publishConfig`, but writes the manifest's keys in the order in which it
 * comes to know them, now this way, now that. So its tarball is opened, the keys are sorted, and npm packs the same files.
 */
async function packOne({ directory: cwd }, aside, directory) {
  mkdirSync(aside)
  const first = await run(pnpm('pack', '--pack-destination', aside), { cwd })
  if (first.status !== 0) return first
  const opened = await run(['tar', '-xzf', join(aside, readdirSync(aside)[0]), '-C', aside])
  if (opened.status !== 0) return opened
  const manifest = join(aside, 'package/package.json')
  const sections = Object.entries(sorted(readJson(manifest))).map(([key, value]) => [key, /ependencies$/.test(key) ? sorted(value) : value])
  writeFileSync(manifest, `${JSON.stringify(Object.fromEntries(sections), null, 2)}\n`)
  return run(['npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', directory], { cwd: join(aside, 'package') })
}

const sorted = (table) => Object.fromEntries(Object.entries(table).sort(([one], [other]) => (one < other ? -1 : 1)))

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [directory] = process.argv.slice(2)
  if (!directory) {
    console.error('pack: say where: npm run pack -- DIR')
    process.exit(2)
  }
  // npm runs scripts in the workspace's root, and says where it was called.
  for (const tarball of await pack(resolve(process.env.INIT_CWD ?? process.cwd(), directory))) console.log(tarball)
}
