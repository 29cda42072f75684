/** A plugin to start from: it builds on this machine and sends the result. */
export function pluginText(name: string): string {
  return `import release from '@dragonfab/plugin-release'
import { definePlugin, text } from 'dragonfab'

export default definePlugin({
  name: '${name}',

  // The plugins that it needs. This one provides releases/, current and shared/, and the signals below.
  needs: [release()],

  // Options are in env.${name} in hooks, under ${name} in a config, and are also flags: --${name}-folder.
  options: {
    command: text({ help: 'Shell text that builds the site, on the machine that you deploy from', default: 'npm run build' }),
    folder: text({ help: 'The folder with the result, relative to the config', default: 'dist' }),
  },

  // Hooks are called when a run is planned, and return the steps to run. sh quotes the values in \`\` for the shell.
  hooks: {
    'deploy.updating': [
      // First builds on this machine, once, in the config's folder. Then sends the result to every host.
      ({ env, sh, local }) => local\`\${sh.raw(env.${name}.command)}\`,
      ({ env, upload }) => upload(env.${name}.folder, env.releasePath),
    ],
    // On every host, after the switch. If it fails on one host, the release is undone on all hosts.
    // 'deploy.published': ({ sh, step }) => step(sh\`systemctl reload nginx\`, { as: 'root' }),
  },

  tasks: {
    '${name}.build': { summary: 'Build without releasing', run: ({ env, sh, local }) => local\`\${sh.raw(env.${name}.command)}\` },
  },
})
`
}

/** The plugin's test. It is JavaScript, so that `node --test` alone runs it in every supported version of Node. */
export function pluginTestText(name: string): string {
  return `// Run it with: node --test plugins/${name}.test.mjs
// Hosts are folders on this machine, so you need no server. For more, see docs/testing.md of Dragonfab.
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

test('sends the build to every host', async () => {
  const run = await site.run('deploy')
  deepEqual(run.problems, [])
  for (const host of site.hosts) equal(host.read('current/index.html'), 'hello\\n')
})

test('a failed build changes nothing', async () => {
  const live = site.host('web1').release
  const run = await site.run(['deploy', '--set', '${name}.command=exit 3'])
  equal(run.status, 1)
  equal(site.host('web1').release, live)
})

test('a failure on one host stops the release on all hosts', async () => {
  const live = site.host('web2').release
  const run = await site.run('deploy', { faults: [fails({ host: 'web1', plugin: '${name}', step: 'upload' })] })
  equal(run.status, 1)
  equal(site.host('web2').release, live)
})
`
}
