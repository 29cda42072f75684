// pack.mjs DIR: packs every published package as `pnpm publish` would. Without DIR, tarballs go to a cache until a package changes.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { each, pnpm, publishable, readJson, root, run } from './lib/root.mjs'

/** Packs into `directory`. Returns the tarballs' paths. */
export async function pack(directory) {
  mkdirSync(directory, { recursive: true })
  const scratch = mkdtempSync(join(tmpdir(), 'dragonfab-pack-'))
  try {
    // One pnpm and one npm for all packages, because starting them takes most of the time.
    const names = publishable().flatMap(({ manifest }) => ['--filter', manifest.name])
    await must(pnpm('--recursive', ...names, 'pack', '--pack-destination', scratch))
    const opened = await each(tarballsIn(scratch), 2, open)
    await must(['npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', resolve(directory), ...opened])
  } finally {
    rmSync(scratch, { recursive: true })
  }
  return tarballsIn(directory)
}

/** The tarballs of the current build. Reuses those of an earlier call if no package has changed. */
export async function packOnce() {
  const kept = join(root, 'node_modules/.dragonfab-packed')
  const directory = join(kept, contentHash())
  if (existsSync(directory)) return tarballsIn(directory)
  mkdirSync(kept, { recursive: true })
  const earlier = readdirSync(kept)
  const made = mkdtempSync(join(kept, 'new-'))
  await pack(made)
  try {
    renameSync(made, directory)
  } catch (error) {
    // Another process was faster. Its bytes are the same.
    rmSync(made, { recursive: true })
    if (!existsSync(directory)) throw error
  }
  for (const name of earlier) if (!name.startsWith('new-')) rmSync(join(kept, name), { recursive: true, force: true })
  return tarballsIn(directory)
}

/**
 * pnpm replaces `workspace:` by versions and applies `publishConfig`, but writes the manifest's keys in a random order. So this opens its
 * tarball, sorts the keys, and lets npm pack the same files.
 */
async function open(tarball) {
  const folder = tarball.replace(/\.tgz$/, '')
  mkdirSync(folder)
  await must(['tar', '-xzf', tarball, '-C', folder])
  const manifest = join(folder, 'package/package.json')
  const sections = Object.entries(sorted(readJson(manifest))).map(([key, value]) => [key, /ependencies$/.test(key) ? sorted(value) : value])
  writeFileSync(manifest, `${JSON.stringify(Object.fromEntries(sections), null, 2)}\n`)
  return join(folder, 'package')
}

const sorted = (table) => Object.fromEntries(Object.entries(table).sort(([one], [other]) => (one < other ? -1 : 1)))

const tarballsIn = (directory) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.tgz'))
    .sort()
    .map((name) => join(directory, name))

async function must(argv) {
  const { status, output } = await run(argv)
  if (status !== 0) throw new Error(`${argv[0]} ${basename(argv[1] ?? '')}: exit status ${status}\n${output}`)
}

/** Hashes all inputs of the tarballs, including this file. */
function contentHash() {
  const hash = createHash('sha256').update(readFileSync(fileURLToPath(import.meta.url)))
  for (const { directory } of publishable()) {
    const built = join(directory, 'dist')
    const files = ['package.json', 'README.md', 'LICENSE'].map((name) => join(directory, name))
    if (existsSync(built)) files.push(...readdirSync(built, { recursive: true }).map((name) => join(built, name)))
    for (const file of files.sort())
      if (statSync(file, { throwIfNoEntry: false })?.isFile()) hash.update(`${relative(root, file)}\0`).update(readFileSync(file))
  }
  return hash.digest('hex').slice(0, 16)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [directory] = process.argv.slice(2)
  // npm runs scripts in the workspace's root, and says where it was called.
  const tarballs = directory ? await pack(resolve(process.env.INIT_CWD ?? process.cwd(), directory)) : await packOnce()
  for (const tarball of tarballs) console.log(tarball)
}
