import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { readJson, run } from '../lib/root.mjs'
import { pack } from '../pack.mjs'

const hash = (file) => createHash('sha256').update(readFileSync(file)).digest('hex')

/** Packs again and compares, because a tarball that differs from run to run cannot be compared with its source. */
export async function sameBytes(files, directory) {
  const again = await pack(directory)
  return files
    .filter((file) => !again.some((other) => basename(other) === basename(file) && hash(other) === hash(file)))
    .map((file) => `${basename(file)} differs when packed again`)
}

const scripts = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish', 'preuninstall', 'postuninstall']

/** Checks the files that each tarball must and must not have. */
export async function tarballs(files) {
  const problems = []
  for (const file of files) {
    const directory = mkdtempSync(join(tmpdir(), 'dragonfab-tarball-'))
    const { output, status } = await run(['tar', '-xvzf', file, '-C', directory])
    const say = (problem) => problems.push(`${basename(file)}: ${problem}`)
    if (status !== 0) say(output)
    const names = output
      .trim()
      .split('\n')
      .map((name) => name.replace(/^package\//, ''))
    for (const wanted of ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts'])
      if (!names.includes(wanted)) say(`${wanted} is missing`)
    const unwanted = names.filter((name) => /(^|\/)(\.env|test|src)(\/|$)|\.test\.|\.tsbuildinfo$|id_(rsa|ed25519)|\.pem$/.test(name))
    for (const name of unwanted) say(`${name} must not be published`)
    const manifest = readJson(join(directory, 'package', 'package.json'))
    const text = JSON.stringify({ ...manifest, scripts: undefined, devDependencies: undefined })
    if (/workspace:|dragonfab-source/.test(text)) say('its manifest points into the workspace')
    for (const name of scripts) if (manifest.scripts?.[name]) say(`it would run ${name} on the user's machine`)
    if (manifest.license !== 'MIT') say('its manifest has no MIT licence')
    if (manifest.type !== 'module' || !manifest.exports?.['.']?.types) say('it is no typed ES module')
    if (!manifest.description || manifest.engines?.node !== '>=20') say('it needs a description and engines.node >=20')
    // Yarn PnP gives a package only what it lists, and no user installs core by hand.
    if (manifest.name !== '@dragonfab/core' && !manifest.dependencies?.['@dragonfab/core']) say('core is not its dependency')
    for (const [name, range] of Object.entries(manifest.dependencies ?? {})) if (/^\d/.test(range)) say(`it pins ${name} to ${range}`)
    for (const name of listOrphans(join(directory, 'package'), manifest))
      if (!unwanted.includes(name)) say(`no entry reaches ${name}, which is left from another build`)
    rmSync(directory, { recursive: true })
  }
  return problems
}

/** The modules in `dist` that are neither entries of the manifest nor imported by one that is reached. */
function listOrphans(directory, manifest) {
  const dist = join(directory, 'dist')
  if (!existsSync(dist)) return []
  const modules = readdirSync(dist).filter((name) => name.endsWith('.js'))
  const entries = JSON.stringify([manifest.exports, manifest.bin ?? {}])
  const reached = new Set()
  const reach = (name) => {
    if (reached.has(name)) return
    reached.add(name)
    const text = readFileSync(join(dist, name), 'utf8')
    for (const other of modules) if (text.includes(`./${other}`)) reach(other)
  }
  for (const name of modules) if (entries.includes(`dist/${name}`)) reach(name)
  return modules.filter((name) => !reached.has(name)).map((name) => `dist/${name}`)
}
