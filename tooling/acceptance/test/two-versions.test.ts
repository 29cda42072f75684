import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPackedProject, mustRun, type PackedProject, packWorkspace } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const other = '0.1.0'
let folder: string
let project: PackedProject

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dragonfab-two-versions-'))
  const tarballs = await packWorkspace()
  project = await createPackedProject('npm', { tarballs: [...tarballs, await otherVersion(tarballs)] })
  writeFileSync(join(project.directory, 'package.json'), '{ "name": "site", "private": true, "type": "module" }\n')
  const wanted = ['dragonfab', '@dragonfab/plugin-release', `@dragonfab/core@${other}`, 'typescript@5.9.3', '@types/node@20']
  const added = await project.add('-D', ...wanted)
  expect(added.status, added.stdout + added.stderr).toBe(0)
  mkdirSync(join(project.directory, 'app'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project.directory, name), text)
})
afterAll(async () => {
  await project?.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** The tarball of core, with another version in its manifest. */
async function otherVersion(tarballs: readonly string[]): Promise<string> {
  const [core = ''] = tarballs.filter((file) => /dragonfab-core-\d/.test(file))
  await mustRun(['tar', '-xzf', core, '-C', folder])
  const manifest = join(folder, 'package/package.json')
  writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), version: other }))
  const made = join(folder, `dragonfab-core-${other}.tgz`)
  await mustRun(['tar', '-czf', made, '-C', folder, 'package'])
  return made
}

/** The plugin knows only its own copy of core, the config that of `dragonfab`, and plugin-release a third. */
const files = {
  'badge.ts': `import release from '@dragonfab/plugin-release'
import { code, definePlugin, emit, hide, secretText } from '@dragonfab/core'

export default definePlugin({
  name: 'badge',
  needs: [release()],
  options: { token: secretText({ help: 'A token' }) },
  signals: ['badge.made'],
  hooks: {
    'deploy.updating': [
      ({ upload, env }) => upload('app', env.releasePath),
      ({ env, sh }) => sh\`printf '%s\\n' \${env.badge.token ?? hide('of-the-plugin', 'badge.token')} >\${env.releasePath}/token; printf 'token '; cat \${env.releasePath}/token\`,
      () => code({ name: 'badge.sign', args: {} }, async ({ log }) => log('signed by code')),
      emit('badge.made'),
    ],
  },
})
`,
  'dragonfab.config.ts': `import { defineConfig, secret } from 'dragonfab'
import badge from './badge.ts'

export default defineConfig({
  appName: 'site',
  plugins: [badge()],
  environments: {
    local: { hosts: ['local'], path: './.deployed' },
    given: { hosts: ['local'], path: './.given', badge: { token: secret.env('BADGE_TOKEN') } },
  },
  hooks: { 'badge.made': ({ env, sh }) => sh\`echo made >\${env.releasePath}/made\` },
})
`,
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2023'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      allowImportingTsExtensions: true,
      noEmit: true,
      skipLibCheck: true,
    },
    files: ['dragonfab.config.ts'],
  }),
}

const version = (path: string) => JSON.parse(readFileSync(join(project.directory, path, 'package.json'), 'utf8')).version

test('each has its own core: the plugin the other version', () => {
  expect(version('node_modules/@dragonfab/core')).toBe(other)
  expect(version('node_modules/dragonfab/node_modules/@dragonfab/core')).not.toBe(other)
})

test('tsc takes the types of both for the same', async () => {
  const checked = await project.exec(['tsc', '-p', '.'])
  expect([checked.status, checked.stdout]).toEqual([0, ''])
})

test.each([
  ['local', 'of-the-plugin'],
  ['given', 'of-the-config'],
])('a secret, a step and a signal go from one to the other: %s', async (environment, secret) => {
  const end = await project.exec(['dragonfab', environment, 'deploy', '--verbose'], { env: { BADGE_TOKEN: 'of-the-config' } })
  const said = end.stdout + end.stderr
  expect(end.status, said).toBe(0)
  const live = join(project.directory, environment === 'local' ? '.deployed' : '.given', 'current')
  expect(readFileSync(join(live, 'token'), 'utf8')).toBe(`${secret}\n`)
  expect(readdirSync(live)).toContain('made')
  expect(said).toContain('signed by code')
  expect(said).toMatch(/token \S+/)
  expect(said).not.toContain(secret)
})
