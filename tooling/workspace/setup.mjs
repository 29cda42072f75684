// Installs and builds everything that the other commands need. It needs only Node and npm, and does nothing if nothing has changed.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env, pnpm, root, run } from './lib/root.mjs'
import { removeStaleBuilds } from './lib/stale-builds.mjs'

const quiet = process.argv.includes('--quiet')
const stamp = join(root, 'node_modules', '.dragonfab-setup')
const buildStamp = join(root, 'node_modules', '.dragonfab-build')

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`setup: Node ${process.versions.node} is too old, 20 or newer is needed`)
  process.exit(1)
}

const wanted = fingerprint()
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  await step('installing the dependencies', pnpm('install', '--frozen-lockfile'), { CI: '1' })
  writeFileSync(stamp, wanted)
}
await installHooks()
const turbo = [join(root, 'node_modules/.bin/turbo'), 'run', 'build']
const { tasks } = JSON.parse(await step('listing the packages', [...turbo, '--dry=json']))
const built = removeStaleBuilds(root, buildStamp, tasks)
await step('building the packages', [...turbo, '--ui=stream', '--output-logs=errors-only', '--concurrency=2'])
writeFileSync(buildStamp, built)

/** Hooks of the repository check what is committed. A hooks folder that you chose yourself is kept, and outside a clone there is nothing to do. */
async function installHooks() {
  const { status, output } = await run(['git', 'config', '--local', 'core.hooksPath'])
  if (status === 1 && output === '') await run(['git', 'config', '--local', 'core.hooksPath', 'tooling/workspace/hooks'])
}

/** The files that decide what is installed. */
function fingerprint() {
  const hash = createHash('sha256').update(process.version)
  const folders = ['packages', 'tooling', 'examples', 'bench'].flatMap((name) => {
    const folder = join(root, name)
    if (!existsSync(folder)) return []
    return [folder, ...readdirSync(folder).map((inner) => join(folder, inner))]
  })
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...folders.sort().map((folder) => join(folder, 'package.json'))]
  for (const file of files.map((name) => (name.startsWith(root) ? name : join(root, name)))) {
    if (existsSync(file)) hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file))
  }
  return hash.digest('hex')
}

/** Runs a command, and ends with its output if it fails. Returns what it wrote to stdout. */
async function step(what, argv, more = {}) {
  // If nothing has changed, this takes a second, and needs no message.
  const notice = setTimeout(() => console.error(`setup: ${what} …`), 3000)
  const started = performance.now()
  const { status, output, stdout } = await run(argv, { env: { ...env, ...more } })
  clearTimeout(notice)
  if (status !== 0) {
    console.error(`${output}\nsetup: ${what} failed (${argv.join(' ')}: exit status ${status})`)
    process.exit(1)
  }
  if (!quiet) console.error(`setup: ${what}: done in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return stdout
}
