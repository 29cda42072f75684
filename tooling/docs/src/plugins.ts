import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AnyPlugin } from '@dragonfab/core'
import { workspaceRoot } from '@dragonfab/test-kit'

/** Every plugin of the workspace but git and release that declares variables: what each entry of a package gives without any. */
export async function otherPlugins(): Promise<readonly AnyPlugin[]> {
  const packages = readdirSync(join(workspaceRoot, 'packages')).filter((name) => /^plugin-(?!git$|release$)/.test(name))
  const entries = packages
    .filter((name) => existsSync(join(workspaceRoot, 'packages', name, 'package.json')))
    .flatMap((name) => {
      const { exports } = JSON.parse(readFileSync(join(workspaceRoot, 'packages', name, 'package.json'), 'utf8')) as { exports: object }
      return Object.keys(exports).map((entry) => `@dragonfab/${name}${entry.slice(1)}`)
    })
  const plugins = await Promise.all(
    entries
      .filter((entry) => !entry.endsWith('.json'))
      .map(async (entry) => ((await import(entry)) as { readonly default: (options?: object) => AnyPlugin }).default()),
  )
  return plugins.filter(({ options, variables }) => Object.keys({ ...options, ...variables }).length)
}
