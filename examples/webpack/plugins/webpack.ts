import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import release from '@dragonfab/plugin-release'
import { definePlugin, text } from 'dragonfab'
import type { Configuration } from 'webpack'

/** Builds with webpack on this machine and sends the result, so servers need neither node nor npm. */
export default definePlugin({
  name: 'webpack',
  needs: [release()],

  options: {
    config: text({ help: 'The configuration of webpack, relative to that of dragonfab', default: 'webpack.config.mjs' }),
    mode: text({ help: 'The mode of webpack', choices: ['production', 'development'], default: 'production' }),
    folder: text({ help: 'The folder that webpack fills', default: 'dist' }),
    version: text({ help: 'The version in package.json', fact: 'while a release is planned' }),
  },

  facts: {
    'webpack.version': {
      signals: ['deploy.updating'],
      scope: 'local',
      ask: async ({ directory }) => {
        const { version } = JSON.parse(await readFile(resolve(directory, 'package.json'), 'utf8')) as { version: string }
        return version
      },
    },
  },

  hooks: {
    'deploy.updating': [
      ({ env, code }) => {
        const { config, mode, folder } = env.webpack
        // Once, on this machine, for all hosts. args has everything that determines the result, because `apply` compares it.
        return code({ name: 'webpack', title: 'build', target: 'local', args: { config, mode, folder } }, async ({ directory, log }) => {
          log(await build(resolve(directory, config), mode, resolve(directory, folder)))
        })
      },
      ({ env, upload }) => upload(env.webpack.folder, env.releasePath),
      ({ env, sh }) => sh`echo ${env.webpack.version} >${env.releasePath}/VERSION`,
    ],
  },
})

async function build(file: string, mode: 'production' | 'development', path: string): Promise<string> {
  // Loaded here because webpack is slow to load and only a build needs it.
  const { webpack } = (await import('webpack')).default
  const { default: config } = (await import(pathToFileURL(file).href)) as { default: Configuration }
  const compiler = webpack({ ...config, mode, output: { ...config.output, path } })
  try {
    const stats = await promisify(compiler.run.bind(compiler))()
    if (!stats || stats.hasErrors()) throw new Error(stats?.toString({ all: false, errors: true }) ?? 'webpack returned nothing')
    return stats.toString({ all: false, assets: true })
  } finally {
    await promisify(compiler.close.bind(compiler))()
  }
}
