import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ofEnvironments, ofPlugins } from '@dragonfab/legacy'
import { installBuilt, runCli, workspaceRoot } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { read } from '../src/snippets.ts'

const guide = read('docs/migrating.md')
const [theirs = '', ours = ''] = guide.split('\n## From dragonfab')
const table = /<!-- variables of fapistrano -->([\s\S]*?)<!-- end -->/.exec(theirs)?.[1] ?? ''
const rows = [...table.matchAll(/^\| `(\w+)` \| (?:`([^`]+)`|–) \|/gm)].map(([, there = '', here]) => ({ there, here }))
const made = (plugin: string): boolean => existsSync(join(workspaceRoot, 'packages', `plugin-${plugin}`, 'package.json'))

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'dragonfab-migrating-'))
  installBuilt(directory)
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Some value that the variable takes. */
const values: Readonly<Record<string, string>> = {
  stage_role_configs: '{ live: { web: { hosts: local } } }',
  plugins: '[]',
  environment: '{ A: b }',
  hosts: 'local',
  path: '/srv/x',
  keep_releases: '3',
  dry_run: 'false',
}

describe('the guide for who comes from fapistrano', () => {
  test('has every variable of its plugins once', () => {
    const names = rows.map(({ there }) => there)
    for (const name of Object.values(ofPlugins).flat())
      expect(
        names.filter((each) => each === name),
        name,
      ).toHaveLength(1)
    expect(names.length).toBeGreaterThan(70)
  })

  test('and a deploy.yml with each of its names is accepted', async () => {
    const lines = rows.map(
      ({ there }) =>
        `${there}: ${values[there] ?? (there.endsWith('_plugins') || there.startsWith('linked') ? '[]' : there.startsWith('shared_w') || /show|ssh/.test(there) ? 'true' : '/srv/x')}`,
    )
    writeFileSync(
      join(directory, 'deploy.yml'),
      `${lines
        .join('\n')
        .replace('app_name: /srv/x', 'app_name: shop')
        .replace(/^(user|sudo_user|rollback_to|rollback_from): .*$/gm, '$1: x')}\n`,
    )
    const result = await runCli(['live', 'env'], { cwd: directory, env: { CI: '1' } })
    expect(result.stderr).not.toMatch(/\[[A-Z_]+\]/)
    expect(result.status, result.stderr).toBe(0)
  })

  test.each(Object.keys(ofPlugins).filter(made))('the names of today of plugin %s are its variables', async (plugin) => {
    writeFileSync(
      join(directory, 'deploy.yml'),
      `app_name: shop\nplugins: [${plugin}]\nrepo: x\ncurl_url: http://x/x\nstage_role_configs: { live: { web: { hosts: local } } }\n`,
    )
    const { stdout } = await runCli(['help', plugin], { cwd: directory, env: { CI: '1' } })
    for (const name of ofPlugins[plugin] ?? []) {
      const here = rows.find(({ there }) => there === name)?.here ?? ''
      expect(stdout, `${name} → ${here}`).toContain(`\n  ${here}  (`)
    }
  })
})

test('the guide for who comes from the original dragonfab has every variable of an environments file', () => {
  for (const [there, { name }] of Object.entries(ofEnvironments)) expect(ours).toMatch(new RegExp(`^\\| \`${there}\` \\| \`${name}\``, 'm'))
})
