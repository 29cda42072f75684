import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

/** The tools of the workspace come first, so that turbo finds the pnpm that the lockfile was made with. */
export const env = {
  ...process.env,
  PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
}

export const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** `pnpm@1.2.3`, as package.json pins it. */
const pinned = readJson(join(root, 'package.json')).packageManager

/** pnpm as an argv: the installed one, else npm's `npx` gets the pinned one, so that nothing but npm is asked for. */
export function pnpm(...args) {
  const installed = join(root, 'node_modules/pnpm/bin/pnpm.cjs')
  return existsSync(installed) ? [process.execPath, installed, ...args] : ['npx', '--yes', pinned, ...args]
}

/** The packages that are published, with their manifests. */
export function publishable() {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map((directory) => ({ directory, manifest: readJson(join(directory, 'package.json')) }))
    .filter(({ manifest }) => manifest.private !== true)
}

/** Runs a command. `output` has both of its streams, `stdout` the one that is for programs, unless they are shown directly. */
export function run(argv, options = {}) {
  const { show = false, cwd = root } = options
  return new Promise((resolve) => {
    const child = spawn(argv[0], argv.slice(1), {
      cwd,
      env: { ...env, ...options.env },
      stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let stdout = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
    child.stdout?.on('data', (chunk) => (stdout += chunk))
    child.on('error', (error) => resolve({ status: 127, output: `${argv[0]}: ${error.message}\n`, stdout }))
    child.on('close', (status) => resolve({ status: status ?? 1, output, stdout }))
  })
}

/** Runs `work` for all items, a few at a time, and returns the results in order. */
export async function each(items, atOnce, work) {
  const results = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await work(items[index])
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}
