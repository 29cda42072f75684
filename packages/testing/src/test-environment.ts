import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig, loadPluginsByName } from '@dragonfab/config'
import type { AnyPlugin } from '@dragonfab/core'
import { loadProject, type Project } from '@dragonfab/plan'
import { TestEnvironment, type TestOptions } from './environment.ts'

/**
 * An environment of a configuration, for a test. Give a file (`'dragonfab.config.ts'` or a deployfile, relative to the working directory, or
 * a URL), or the value that `defineConfig` returns. Throws the errors that the command line would print.
 */
export async function testEnvironment(
  config: string | URL | object,
  environment: string,
  options: TestOptions = {},
): Promise<TestEnvironment> {
  return new TestEnvironment(await loadProjectOf(config, options.directory ?? process.cwd()), environment, options)
}

async function loadProjectOf(config: string | URL | object, directory: string): Promise<Project> {
  if (typeof config !== 'string' && !(config instanceof URL)) return loadProject(config, { directory: resolve(directory) })
  const file = resolve(directory, typeof config === 'string' ? config : fileURLToPath(config))
  return loadConfig({ cwd: dirname(file), config: file, environment: {} })
}

/** A plugin, or where it is: `'./plugins/webpack.ts'`, a URL, the name of a package. Files are loaded as on the command line. */
export type TestedPlugin = AnyPlugin | string | URL

export interface TestPluginOptions extends TestOptions {
  /** The rest of a configuration: variables, hooks, tasks. */
  readonly config?: object | undefined
  /** `['web1', 'web2']` by default. */
  readonly hosts?: readonly (string | object)[] | undefined
}

/**
 * One or more plugins on hosts made for them: `testPlugin(bundle({ folder: 'out' }))`. The application is `app` in `/srv/app`, the
 * environment is `test`.
 */
export async function testPlugin(
  plugin: TestedPlugin | readonly TestedPlugin[],
  options: TestPluginOptions = {},
): Promise<TestEnvironment> {
  const { config, hosts = ['web1', 'web2'], ...rest } = options
  const named = [plugin].flat().map((each) => (each instanceof URL ? fileURLToPath(each) : each))
  const plugins = await loadPluginsByName(named, resolve(options.directory ?? process.cwd()))
  const all = { appName: 'app', path: '/srv/app', ...config, plugins, environments: { test: { hosts } } }
  return testEnvironment(all, 'test', rest)
}
