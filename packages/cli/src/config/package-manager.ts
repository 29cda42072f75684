import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

export type PackageManager = 'npm' | 'pnpm' | 'yarn'

const lockfiles = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
] as const

/** What installs packages in a folder: the nearest lockfile tells, else the one that started this process, else npm. */
export function packageManager(directory: string, agent: string = process.env.npm_config_user_agent ?? ''): PackageManager {
  for (let folder = directory; ; folder = dirname(folder)) {
    const found = lockfiles.find(([name]) => existsSync(join(folder, name)))
    if (found) return found[1]
    if (dirname(folder) === folder) break
  }
  const started = /^(npm|pnpm|yarn)\//.exec(agent)?.[1]
  return started === 'pnpm' || started === 'yarn' ? started : 'npm'
}

/** `npm i -D dragonfab @dragonfab/plugin-git`. */
export function installCommand(directory: string, packages: readonly string[]): string {
  const verb = { npm: 'npm i -D', pnpm: 'pnpm add -D', yarn: 'yarn add -D' }[packageManager(directory)]
  return [verb, ...packages].join(' ')
}
