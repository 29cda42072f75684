// house.mjs: counts that say how readable the house is. One a line, for people and for comparing two commits.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './lib/root.mjs'

// Of the builder of the packages, so that sources are read as they are.
const { build } = createRequire(createRequire(join(root, 'tooling/build/package.json')).resolve('tsup'))('esbuild')

const dryRun = await planOfRelease()
const definitions = dryRun.match(/^[ \t]*[a-z_]+\(\) *[({]/gm) ?? []
const twice = definitions.length - new Set(definitions.map((each) => each.trim())).size
console.log(`dry run of release, git and links, one host: ${dryRun.split('\n').length} lines, ${definitions.length} functions, ${twice} defined again`)

/** What `--dry-run` prints, made from the sources. */
async function planOfRelease() {
  const entry = `
    import { buildPlan, defineConfig, loadProject, selectHosts } from '@dragonfab/core'
    import { git } from '@dragonfab/plugin-git'
    import { printPlan } from './packages/cli/src/run/print-plan.ts'
    const config = defineConfig({
      appName: 'shop', plugins: [git({ repo: 'git@git.example.org:shop.git' })], linkedFiles: ['app/settings.py'], linkedDirs: ['media'],
      environments: { production: { hosts: ['web1'], path: '/srv/shop' } },
    })
    const project = loadProject(config, { directory: '/project' })
    const hosts = selectHosts(project, { environment: 'production', set: {}, loginUser: () => 'deploy' })
    const known = { 'git.commit': '0123456789abcdef0123456789abcdef01234567', 'git.ref': 'refs/heads/main', 'git.source': 'git@git.example.org:shop.git' }
    const { plan } = buildPlan(project, {
      run: 'r', environment: 'production', command: ['release'], tasks: [{ task: 'release', args: [], when: 'next' }], hosts,
      facts: { here: { release: '250101-000000' }, hosts: { web1: known } },
    })
    export const text = printPlan(plan)
  `
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    alias: { '@dragonfab/plugin-git': join(root, 'packages/plugin-git/src/index.ts'), '@dragonfab/core': join(root, 'packages/core/src/index.ts') },
    conditions: ['dragonfab-source'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    logLevel: 'error',
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(pathToFileURL(join(root, 'package.json')).href)})` },
  })
  const { text } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
  return text
}
