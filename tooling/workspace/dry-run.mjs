// dry-run.mjs: prints the length of the dry run of a release, and the number of shell functions that it defines. With --show: its text.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './lib/root.mjs'

// Of the builder of the packages, so that sources are read as they are.
const { build } = createRequire(createRequire(join(root, 'tooling/build/package.json')).resolve('tsup'))('esbuild')

const dryRun = await planOfRelease()
const definitions = dryRun.match(/^[ \t]*[a-z_]+\(\) *[({]/gm) ?? []
const twice = definitions.length - new Set(definitions.map((each) => each.trim())).size
const size = (text) => text.split('\n').length
const scripts = dryRun.split(/^(?=### )/m).filter((part) => !/^### .* \| functions \|/.test(part))
if (process.argv.includes('--show')) console.log(dryRun)
else
  console.log(
    `${size(dryRun)} lines (${size(scripts.join(''))} without the library), ${definitions.length} functions, ${twice} defined again`,
  )

/** The output of `--dry-run`, generated from the sources. */
async function planOfRelease() {
  const entry = `
    import { defineConfig } from '@dragonfab/core'
    import { buildPlan, loadProject, selectHosts } from '@dragonfab/plan'
    import { git } from '../plugin-git/src/index.ts'
    import { showPlan } from './src/run/print-plan.ts'
    const config = defineConfig({
      appName: 'shop', plugins: [git({ repo: 'git@git.example.org:shop.git' })], linkedFiles: ['app/settings.py'], linkedDirs: ['media'],
      environments: { production: { hosts: ['web1'], path: '/srv/shop' } },
    })
    const project = loadProject(config, { directory: '/project' })
    const hosts = selectHosts(project, { environment: 'production', set: {}, loginUser: () => 'deploy' })
    const known = { 'git.commit': '0123456789abcdef0123456789abcdef01234567', 'git.ref': 'refs/heads/main', 'git.source': 'git@git.example.org:shop.git' }
    const { plan } = buildPlan(project, {
      run: 'r', environment: 'production', command: ['release'], tasks: [{ task: 'release', args: [], when: 'next' }], hosts,
      facts: { local: { release: '250101-000000' }, hosts: { web1: known } },
    })
    export let text = ''
    showPlan(plan, { invocation: { options: {} }, streams: { out: { write: (written) => (text += written) } } })
  `
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: join(root, 'packages/cli'), loader: 'ts' },
    conditions: ['dragonfab-source'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    logLevel: 'error',
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(pathToFileURL(join(root, 'package.json')).href)})`,
    },
  })
  const { text } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
  return text
}
