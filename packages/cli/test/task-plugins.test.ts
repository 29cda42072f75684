import { assertSucceeded, createTestProject } from '@dragonfab/test-kit'
import { expect, test } from 'vitest'

const config = `import release from '@dragonfab/plugin-release'
import { definePlugin } from 'dragonfab'
const say = (name) => definePlugin({ name, hooks: { 'deploy.starting': ({ sh }) => sh\`echo \${name} acts\` } })()
export default {
  appName: 'shop',
  plugins: [release(), say('one'), say('two'), say('three')],
  environments: { local: { hosts: ['local'], path: './.deployed' } },
}
`

/** Which of the plugins acted. */
async function acting(...words: readonly string[]): Promise<readonly string[]> {
  const { run } = createTestProject({ 'dragonfab.config.mjs': config })
  const { stdout, stderr } = assertSucceeded(await run(['release', '-s', 'local', '--verbose', ...words]))
  return ['one', 'two', 'three'].filter((name) => new RegExp(`\\b${name} acts$`, 'm').test(stdout + stderr))
}

test.each([
  [[], ['one', 'two', 'three']],
  [
    ['--release-plugins', 'one,three'],
    ['one', 'three'],
  ],
  [
    ['--release-plugins=one', '--release_plugins=two'],
    ['one', 'two'],
  ],
  [['--release-plugins='], []],
  [['--rollback-plugins=one'], ['one', 'two', 'three']],
  [['--set', 'taskPlugins.release=two'], ['two']],
])('release %j', async (words, expected) => {
  expect(await acting(...words)).toEqual(expected)
})

test('one that is not there is named', async () => {
  const { run } = createTestProject({ 'dragonfab.config.mjs': config })
  const { status, stderr } = await run(['release', '-s', 'local', '--release-plugins', 'thre'])
  expect(status).toBe(2)
  expect(stderr).toContain('plugin thre is not in this project')
})
