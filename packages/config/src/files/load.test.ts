import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDragonfabError } from '@dragonfab/core'
import { createTestFolder } from '@dragonfab/test-kit'
import { describe, expect, test } from 'vitest'
import { discoverConfig } from './discover.ts'
import { readConfig } from './load.ts'

const readIn = (root: string): Promise<unknown> => readConfig(discoverConfig(root))
const refusalOf = async (root: string): Promise<string> => {
  const error: unknown = await readIn(root).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (isDragonfabError(error) && error.status === 2) return error.message.replaceAll(root, '~')
  throw error ?? new Error('it was read')
}
const plugin = (name: string): string =>
  `export default { [Symbol.for('dragonfab.plugin')]: true, name: '${name.replace('@dragonfab/plugin-', '').replaceAll(/[@/]/g, '')}',
  needs: [], options: {}, variables: {}, given: {}, defaults: {}, signals: [], flows: {}, hooks: {}, order: 'normal', facts: {}, tasks: {},
  observe: {} }`
const packageFiles = (name: string): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, type: 'module', exports: { '.': { import: './index.js' } } }),
  [`node_modules/${name}/index.js`]: plugin(name),
})

describe('kinds', () => {
  const shop = { appName: 'shop', environments: { local: { hosts: ['local'] } } }

  test.each([
    [
      'ts',
      `import type { X } from './missing.ts'\nconst name: string = 'shop'\nexport default { appName: name, environments: { local: { hosts: ['local'] } } } satisfies object`,
    ],
    ['mts', `export default ${JSON.stringify(shop)} as const`],
    ['mjs', `export default ${JSON.stringify(shop)}`],
    ['js', `export default ${JSON.stringify(shop)}`],
    ['json', JSON.stringify(shop)],
    ['yml', 'appName: shop\nenvironments:\n  local: { hosts: [local] }\n'],
  ])('%s', async (extension, text) => {
    expect(await readIn(createTestFolder({ [`dragonfab.config.${extension}`]: text, 'package.json': '{}' }))).toEqual(shop)
  })

  test('CommonJS', async () => {
    expect(
      await readIn(createTestFolder({ 'dragonfab.config.js': `module.exports = ${JSON.stringify(shop)}`, 'package.json': '{}' })),
    ).toEqual(shop)
  })

  test.each([
    ['ts', 'export default { local: { hosts: ["local"] as string[] } }'],
    ['js', 'export const environments = { local: { hosts: ["local"] } }'],
    ['json', '{"environments": {"local": {"hosts": ["local"]}}}'],
    ['yml', 'local: {hosts: [local]}'],
  ])('environments.%s beside it', async (extension, text) => {
    expect(
      await readIn(createTestFolder({ 'dragonfab.config.mjs': 'export default { appName: "shop" }', [`environments.${extension}`]: text })),
    ).toEqual(shop)
  })

  test('environments of the configuration itself count', async () => {
    expect(await readIn(createTestFolder({ 'dragonfab.config.json': JSON.stringify(shop), 'environments.yml': '{' }))).toEqual(shop)
  })

  test('two files of environments', async () => {
    expect(await refusalOf(createTestFolder({ 'dragonfab.config.json': '{}', 'environments.yml': '', 'environments.ts': '' }))).toContain(
      'environments.ts and environments.yml',
    )
  })
})

describe('reports errors and syntax errors once, with their place and without a stack', () => {
  test.each([
    [
      'throws',
      'ts',
      "import { join } from 'node:path'\nconst f = (a: { x: number }): string => { throw new Error('no such thing') }\nexport default { x: f({ x: 1 }), join }\n",
      '~/dragonfab.config.ts:2:49: no such thing',
    ],
    [
      'throws after await',
      'ts',
      "const x: number = await Promise.resolve(1)\nif (x) throw new TypeError('late')\nexport default {}\n",
      '~/dragonfab.config.ts:2:14: TypeError: late',
    ],
    [
      'throws',
      'mjs',
      'export default {\n  a: null.x,\n}\n',
      "~/dragonfab.config.mjs:2:11: TypeError: Cannot read properties of null (reading 'x')",
    ],
    ['throws no Error', 'mjs', "throw 'nothing'\n", '~/dragonfab.config.mjs: it threw ‘nothing’'],
    ['does not parse', 'ts', 'const a: number[] = [1,\n', '~/dragonfab.config.ts:2:1: Unexpected token'],
    ['does not parse', 'json', '{\n  "a": 1,\n  b\n}', '~/dragonfab.config.json:3:3: '],
    ['key twice', 'json', '{\n  "a": 1,\n  "a": 2\n}', '~/dragonfab.config.json:3:3: this key is a duplicate'],
    ['does not parse', 'yml', 'a: 1\nb: [1, 2\nc: 3\n', '~/dragonfab.config.yml:3:1: '],
    ['key twice', 'yml', 'a: 1\nb: {x: 1, x: 2}\n', '~/dragonfab.config.yml:2:11: this key is a duplicate'],
    ['unknown tag', 'yml', 'a: !ruby/object 1\n', '~/dragonfab.config.yml:1:4: Unresolved tag'],
  ])('%s: %s', async (_what, extension, text, expected) => {
    const message = await refusalOf(createTestFolder({ [`dragonfab.config.${extension}`]: text, 'package.json': '{}' }))
    expect(message).toContain(expected)
    expect(message).not.toMatch(/\n\s+at /)
    expect(message.split('\n').length).toBeLessThan(3)
  })

  test('in a file that it imports', async () => {
    const root = createTestFolder({
      'dragonfab.config.ts': "import { x } from './lib/x'\nexport default { x }\n",
      'lib/x.ts': "export const x: number = 1\n\nthrow new RangeError('deep')\n",
    })
    expect(await refusalOf(root)).toContain('~/lib/x.ts:3:7: RangeError: deep')
  })

  test.each(['ts', 'mjs'])('a package that is not installed: %s', async (extension) => {
    const root = createTestFolder({
      [`dragonfab.config.${extension}`]: "import git from '@acme/plugin-x'\nexport default { plugins: [git()] }\n",
      'pnpm-lock.yaml': '',
    })
    const message = await refusalOf(root)
    expect(message).toContain('imports @acme/plugin-x, which is not installed')
    expect(message).toContain('→ pnpm add -D @acme/plugin-x')
  })

  test.each(['ts', 'mjs'])('it is run once: %s', async (extension) => {
    const root = createTestFolder({})
    const text = `import { appendFileSync } from 'node:fs'\nappendFileSync(${JSON.stringify(join(root, 'runs'))}, 'x')\nthrow new Error('once')\n`
    const at = createTestFolder({ [`dragonfab.config.${extension}`]: text })
    expect(await refusalOf(at)).toContain('once')
    expect(readFileSync(join(root, 'runs'), 'utf8')).toBe('x')
  })
})

describe('plugins by name', () => {
  const config = (plugins: unknown): string => JSON.stringify({ appName: 'shop', plugins })
  const names = async (root: string): Promise<unknown> =>
    ((await readIn(root)) as { plugins: { name: string }[] }).plugins.map((each) => each.name)

  test('ours, a package, a path; one by value stays', async () => {
    const files = {
      ...packageFiles('@dragonfab/plugin-git'),
      ...packageFiles('acme-plugin'),
      ...packageFiles('@acme/other'),
      'plugins/mine.ts': plugin('mine'),
      'plugins/b/index.ts': plugin('b'),
    }
    expect(
      await names(
        createTestFolder({
          ...files,
          'dragonfab.config.json': config(['git', 'acme-plugin', '@acme/other', './plugins/mine', './plugins/mine.ts', './plugins/b']),
        }),
      ),
    ).toEqual(['git', 'acme-plugin', 'acmeother', 'mine', 'mine', 'b'])
    expect(await names(createTestFolder({ ...files, 'dragonfab.config.json': config('git') }))).toEqual(['git'])
  })

  test('reports every missing plugin at once, with the command that installs it', async () => {
    const root = createTestFolder({
      'dragonfab.config.json': config(['git', 'gti', 'acme-plugin', '@acme/x', './nope', './text.ts']),
      'yarn.lock': '',
      'text.ts': 'export default 1',
    })
    const message = await refusalOf(root)
    for (const part of [
      'plugins[0] ‘git’: @dragonfab/plugin-git is not installed [PLUGIN_MISSING]\n→ yarn add -D @dragonfab/plugin-git',
      'did you mean "git"?',
      'plugins[2] ‘acme-plugin’: neither @dragonfab/plugin-acme-plugin nor acme-plugin is installed',
      '→ yarn add -D @acme/x',
      'plugins[4] ‘./nope’: there is no such file',
      'text.ts does not export a plugin',
    ])
      expect(message).toContain(part)
  })
})

describe('deploy.yml, as fapistrano documents it', () => {
  test('release comes along, deploy is the user, stages have roles', async () => {
    const root = createTestFolder({
      ...packageFiles('@dragonfab/plugin-git'),
      ...packageFiles('@dragonfab/plugin-release'),
      'deploy.yml': `
app_name: shop
forward_agent: yes
plugins: [fapistrano.plugins.git]
stage_role_configs:
  staging:
    web: { hosts: [web1:22] }
`,
    })
    expect(await readIn(root)).toMatchObject({
      app_name: 'shop',
      sudo_user: 'deploy',
      forward_agent: true,
      plugins: [{ name: 'release' }, { name: 'git' }],
      environments: { staging: { roles: { web: { hosts: ['web1:22'] } } } },
    })
  })

  test('plugins that are part of another package here', async () => {
    const virtualenv = {
      'node_modules/@dragonfab/plugin-virtualenv/package.json': JSON.stringify({
        name: '@dragonfab/plugin-virtualenv',
        type: 'module',
        exports: Object.fromEntries(
          ['.', './virtualenvwrapper', './virtualenvtools'].map((each) => [
            each,
            { default: `${each === '.' ? './virtualenv' : each}.js` },
          ]),
        ),
      }),
      ...Object.fromEntries(
        ['virtualenv', 'virtualenvwrapper', 'virtualenvtools'].map((name) => [
          `node_modules/@dragonfab/plugin-virtualenv/${name}.js`,
          plugin(name),
        ]),
      ),
    }
    const files = {
      ...packageFiles('@dragonfab/plugin-release'),
      'deploy.yml': 'app_name: x\nplugins: [fapistrano.virtualenv, fapistrano.plugins.virtualenvwrapper, virtualenvtools]\n',
    }
    const { plugins } = (await readIn(createTestFolder({ ...files, ...virtualenv }))) as { plugins: { name: string }[] }
    expect(plugins.map(({ name }) => name)).toEqual(['release', 'virtualenv', 'virtualenvwrapper', 'virtualenvtools'])
    const message = await refusalOf(createTestFolder(files))
    expect(message).toContain('‘virtualenvwrapper’: @dragonfab/plugin-virtualenv is not installed')
    expect(message).toContain('npm i -D @dragonfab/plugin-virtualenv')
  })

  test('a plugin in Python', async () => {
    const message = await refusalOf(
      createTestFolder({
        ...packageFiles('@dragonfab/plugin-release'),
        'deploy.yml': 'app_name: x\nplugins: [fapistrano.git, acme.deploy.pip_tools]\n',
      }),
    )
    expect(message).toContain('@dragonfab/plugin-git is not installed')
    expect(message).toContain('‘acme.deploy.pip_tools’ is a Python plugin for fapistrano')
    expect(message).toContain('./plugins/pip-tools.ts')
  })
})
