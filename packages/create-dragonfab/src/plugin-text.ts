/** A plugin that builds on this machine and sends what was built, to start from. */
export function pluginText(name: string): string {
  return `import release from '@dragonfab/plugin-release'
import { definePlugin, text } from 'dragonfab'

export default definePlugin({
  name: '${name}',

  // Plugins that come along: this one brings releases/, current and shared/, and the signals below.
  needs: [release()],

  // Under env.${name} in hooks; in a config under ${name}, and as flags: --${name}-folder.
  options: {
    command: text({ help: 'Shell text that builds, on the machine that deploys', default: 'npm run build' }),
    folder: text({ help: 'What it builds, relative to the config', default: 'dist' }),
  },

  // Hooks are called when a run is planned, and give what shall run. Values in \`\` are quoted for the shell by themselves.
  hooks: {
    'deploy.updating': [
      // On this machine, once, in the config's folder; then to every host.
      ({ env, sh, local }) => local\`\${sh.raw(env.${name}.command)}\`,
      ({ env, upload }) => upload(env.${name}.folder, env.releasePath),
    ],
    // On every host, after the switch. When it fails on one, all go back.
    // 'deploy.published': ({ sh, step }) => step(sh\`systemctl reload nginx\`, { as: 'root' }),
  },

  tasks: {
    '${name}.build': { summary: 'Build, without releasing', run: ({ env, sh, local }) => local\`\${sh.raw(env.${name}.command)}\` },
  },
})
`
}

/** Its test: JavaScript, so that `node --test` runs it in every Node that is supported, without anything else. */
export function pluginTestText(name: string): string {
  return `// Run it with: node --test plugins/${name}.test.mjs
// Hosts are folders of this machine: no server is needed. What else a test can do: docs/testing.md of Dragonfab.
import { deepEqual, equal } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fails, testPlugin } from '@dragonfab/testing'

// Builds in this folder, not in the project.
const directory = mkdtempSync(join(tmpdir(), '${name}-'))
const site = await testPlugin(new URL('./${name}.ts', import.meta.url), {
  directory,
  config: { ${name}: { command: 'mkdir -p dist && echo hello >dist/index.html' } },
})
after(() => {
  site.remove()
  rmSync(directory, { recursive: true })
})

test('it sends what was built to every host', async () => {
  const run = await site.run('deploy')
  deepEqual(run.problems, [])
  for (const host of site.hosts) equal(host.read('current/index.html'), 'hello\\n')
})

test('a build that fails changes nothing', async () => {
  const live = site.host('web1').release
  const run = await site.run(['deploy', '--set', '${name}.command=exit 3'])
  equal(run.status, 1)
  equal(site.host('web1').release, live)
})

test('what fails on one host fails on all', async () => {
  const live = site.host('web2').release
  const run = await site.run('deploy', { faults: [fails({ host: 'web1', plugin: '${name}', step: 'upload' })] })
  equal(run.status, 1)
  equal(site.host('web2').release, live)
})
`
}
