import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changesets } from '../checks/changesets.mjs'
import { messageProblems } from '../checks/commits.mjs'
import { places } from '../checks/places.mjs'
import { manifestProblems, typeProblems } from '../checks/published.mjs'
import { tarballs } from '../checks/tarballs.mjs'
import { readJson, root } from '../lib/root.mjs'
import { removeStaleBuilds } from '../lib/stale-builds.mjs'
import { durations } from '../longest-first.mjs'

let base = ''
const write = (name, content) => {
  mkdirSync(join(base, name, '..'), { recursive: true })
  writeFileSync(join(base, name), typeof content === 'string' ? content : JSON.stringify(content))
}
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'dragonfab-workspace-'))
})
afterEach(() => rmSync(base, { recursive: true }))

describe('the check of places', () => {
  it('finds the directory of the checkout in tracked and new files, and minds ignored ones not', async () => {
    execFileSync('git', ['init', '--quiet'], { cwd: base })
    write('.gitignore', 'ignored\n')
    write('fine.md', `see ${base}-other and x${base}\n`)
    write('ignored', base)
    expect(await places(base)).toEqual([])
    write('docs/new.md', `run it in "${base}/packages"\n`)
    write('tracked.sh', `cd ${base}\n`)
    execFileSync('git', ['add', 'tracked.sh'], { cwd: base })
    expect((await places(base)).sort()).toEqual([`docs/new.md names ${base}`, `tracked.sh names ${base}`])
  })

  it('fails where there is nothing to list', async () => {
    expect((await places(base))[0]).toContain('git cannot list the files')
  })
})

describe('a build of other sources', () => {
  const stamp = () => join(base, 'stamp')
  const listBuilt = () => readdirSync(join(base, 'a/dist'), { recursive: true })
  const prepare = (hash) => removeStaleBuilds(base, stamp(), [{ package: 'a', hash, directory: 'a' }])

  it('is removed, and one of the same sources is kept', () => {
    write('a/dist/index.js', 'one')
    write('stamp', prepare('1'))
    expect(existsSync(join(base, 'a/dist'))).toBe(false)
    write('a/dist/index.js', 'one')
    prepare('1')
    expect(listBuilt()).toEqual(['index.js'])
    expect(existsSync(stamp())).toBe(true)
    prepare('2')
    expect(existsSync(join(base, 'a/dist'))).toBe(false)
  })

  it('is removed too if it failed halfway and the sources are those of before again', () => {
    write('stamp', prepare('1'))
    prepare('2')
    write('a/dist/chunk-2.js', 'a part of two')
    prepare('1')
    expect(existsSync(join(base, 'a/dist'))).toBe(false)
  })
})

describe('the check of changesets', () => {
  const config = { ___experimentalUnsafeOptions_WILL_CHANGE_IN_PATCH: { onlyUpdatePeerDependentsWhenOutOfRange: true } }
  const packages = [{ manifest: { name: '@x/core', version: '0.0.0' } }, { manifest: { name: 'x', version: '1.2.0' } }]

  it('is content where every new package gets its first version', async () => {
    write('.changeset/config.json', config)
    write('.changeset/first.md', "---\n'@x/core': major\n---\n\nThe first.\n")
    expect(await changesets(base, packages)).toEqual([])
  })

  it('tells of every mistake', async () => {
    write('.changeset/config.json', {})
    write('.changeset/odd.md', "---\n'@x/absent': minor\nx: huge\n---\n")
    expect(await changesets(base, packages)).toEqual([
      'config.json: onlyUpdatePeerDependentsWhenOutOfRange must be true',
      'odd.md: does not describe the change',
      'odd.md: there is no package @x/absent',
      'odd.md: cannot be read: x: huge',
      '@x/core has no version and no changeset that gives it one',
    ])
  })
})

describe('the check of tarballs', () => {
  const manifest = {
    name: '@dragonfab/plugin-x',
    version: '1.0.0',
    description: 'x',
    license: 'MIT',
    type: 'module',
    engines: { node: '>=20' },
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    dependencies: { '@dragonfab/core': '^1.0.0' },
  }
  const tarball = (more, files = {}) => {
    for (const name of ['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts']) write(`package/${name}`, 'x')
    write('package/package.json', { ...manifest, ...more })
    for (const [name, content] of Object.entries(files)) write(`package/${name}`, content)
    execFileSync('tar', ['-czf', 'x.tgz', 'package'], { cwd: base })
    return [join(base, 'x.tgz')]
  }

  it('is content with a package as it should be', async () => {
    expect(await tarballs(tarball({}))).toEqual([])
  })

  it.each([
    [
      'a dependency of the workspace',
      { dependencies: { '@dragonfab/core': '^1.0.0', y: 'workspace:^' } },
      {},
      'its manifest points into the workspace',
    ],
    ['a script at install', { scripts: { postinstall: 'x' } }, {}, 'it would run postinstall'],
    ['core as a peer', { dependencies: {}, peerDependencies: { '@dragonfab/core': '^1.0.0' } }, {}, 'core is not its dependency'],
    ['an exact pin', { dependencies: { '@dragonfab/core': '^1.0.0', y: '1.2.3' } }, {}, 'it pins y to 1.2.3'],
    ['a test', {}, { 'dist/a.test.js': '' }, 'dist/a.test.js must not be published'],
    ['a chunk of another build', {}, { 'dist/chunk-OLD.js': '' }, 'no entry reaches dist/chunk-OLD.js'],
    ['a secret', {}, { '.env': 'KEY=1' }, '.env must not be published'],
    ['another licence', { license: 'GPL-3.0' }, {}, 'no MIT licence'],
    ['no types', { exports: { '.': './dist/index.js' } }, {}, 'no typed ES module'],
  ])('finds %s', async (_, more, files, problem) => {
    const found = await tarballs(tarball(more, files))
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(problem)
  })

  it('finds what is missing', async () => {
    const files = tarball({})
    rmSync(join(base, 'package/dist/index.d.ts'))
    execFileSync('tar', ['-czf', 'x.tgz', 'package'], { cwd: base })
    expect(await tarballs(files)).toEqual(['x.tgz: dist/index.d.ts is missing'])
  })
})

describe('the linters of what is published', () => {
  const manifest = {
    name: 'x',
    version: '1.0.0',
    type: 'module',
    exports: { '.': { types: './index.d.ts', default: './index.js' } },
  }
  const tarball = (more = {}, files = {}) => {
    const all = { 'index.js': 'export const x = 1\n', 'index.d.ts': 'export declare const x: number\n', ...files }
    for (const [name, content] of Object.entries(all)) write(`package/${name}`, content)
    write('package/package.json', { ...manifest, ...more })
    execFileSync('tar', ['-czf', 'x.tgz', 'package'], { cwd: base })
    return [join(base, 'x.tgz')]
  }

  it('are content with an ES module that has types', async () => {
    expect([await typeProblems(tarball()), await manifestProblems(tarball())]).toEqual([[], []])
  })

  it('find a declaration that is not packed', async () => {
    const problems = await typeProblems(tarball({}, { 'index.d.ts': "export * from './absent.js'\n" }))
    expect(problems.join('\n')).toMatch(/x\.tgz: Internal resolution error: .*"node16".*"\.\/absent\.js"/)
    expect(await typeProblems(tarball({ exports: { '.': './index.js', './other': './other.js' } }))).not.toEqual([])
  })

  it('find a package without types', async () => {
    rmSync(join(base, 'package'), { recursive: true, force: true })
    const files = tarball({ exports: './index.js' })
    rmSync(join(base, 'package/index.d.ts'))
    execFileSync('tar', ['-czf', 'x.tgz', 'package'], { cwd: base })
    expect(await typeProblems(files)).toEqual(['x.tgz: has no types'])
  })

  it('find an entry that is not packed', async () => {
    const problems = await manifestProblems(tarball({ exports: { '.': { types: './index.d.ts', default: './dist/index.js' } } }))
    expect(problems).toEqual([expect.stringMatching(/^x\.tgz: .*dist\/index\.js.*does not exist/)])
  })
})

describe('the order of test files', () => {
  it('is that of their seconds in the run before, without the short ones', () => {
    const file = (name, seconds) => ({ name: join(root, name), startTime: 1000, endTime: 1000 + seconds * 1000 })
    const testResults = [file('a.test.ts', 20.4), file('b.test.ts', 9), file('c.test.ts', 300)]
    expect(Object.entries(durations({ testResults }))).toEqual([
      ['c.test.ts', 300],
      ['a.test.ts', 20],
    ])
  })

  it('is kept for files that are there', () => {
    const names = Object.keys(readJson(join(root, 'tooling/workspace/durations.json')))
    expect(names.length).toBeGreaterThan(50)
    expect(names.filter((name) => !existsSync(join(root, name)))).toEqual([])
  })
})

describe('the last line of CI', () => {
  const count = (checks, tests) => {
    if (checks) write('checks.json', checks)
    if (tests) write('tests.json', tests)
    const program = join(import.meta.dirname, '../count.mjs')
    const { status, stdout } = spawnSync(process.execPath, [program, join(base, 'checks.json'), join(base, 'tests.json')], {
      encoding: 'utf8',
    })
    return [stdout.trim(), status]
  }
  const results = (more) => ({ numPassedTests: 7, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [], ...more })

  it.each([
    ['all passed', { passed: 3, failed: 0 }, results({}), '10 passed, 0 failed', 0],
    ['a check failed', { passed: 2, failed: 1 }, results({}), '9 passed, 1 failed', 1],
    ['a test failed', { passed: 3, failed: 0 }, results({ numPassedTests: 5, numFailedTests: 2 }), '8 passed, 2 failed', 1],
    ['a test was skipped', { passed: 3, failed: 0 }, results({ numPendingTests: 1 }), '10 passed, 1 failed', 1],
    [
      'a file did not load',
      { passed: 3, failed: 0 },
      results({ testResults: [{ status: 'failed', assertionResults: [] }] }),
      '10 passed, 1 failed',
      1,
    ],
    ['no test ran', { passed: 3, failed: 0 }, results({ numPassedTests: 0 }), '3 passed, 1 failed', 1],
    ['the tests ended early', { passed: 3, failed: 0 }, undefined, '3 passed, 1 failed', 1],
    ['the checks ended early', undefined, results({}), '7 passed, 1 failed', 1],
  ])('where %s', (_, checks, tests, line, status) => {
    expect(count(checks, tests)).toEqual([line, status])
  })
})

describe('the check of commit messages', () => {
  it.each([
    ['Split the planner out of core', []],
    ['Split the planner out of core\n\nPlugins need neither hosts nor plans.\n# a comment of git\n', []],
    ["Merge branch 'planner' into a main that has a very long name, longer than any subject may be", []],
    [`Split ${'x'.repeat(70)}`, ['76 characters']],
    ['Added a flag', ['imperative']],
    ['Adds a flag', ['imperative']],
    ['Process a flag', []],
    ['add a flag.', ['capital letter', 'punctuation']],
    ['Add a flag; mend a test', ['two things']],
    ['Add a flag\nfor people', ['blank']],
    ['', ['empty', 'capital letter']],
  ])('%j', (message, expected) => {
    const problems = messageProblems(message)
    expect(problems).toHaveLength(expected.length)
    for (const [index, part] of expected.entries()) expect(problems[index]).toContain(part)
  })
})
