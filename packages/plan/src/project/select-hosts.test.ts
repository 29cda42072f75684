import { homedir } from 'node:os'
import { definePlugin, hide, isDragonfabError, isSecret, type Problem, reveal, secretText, table, text, whole } from '@dragonfab/core'
import { describe, expect, it } from 'vitest'
import { git, release } from '../../../core/test/types/fixtures/plugins.ts'
import { loadProject } from './load-project.ts'
import { removePlugins, selectHosts } from './select-hosts.ts'
import type { RunHost, Selection } from './types.ts'

const project = (config: unknown) => loadProject(config, { directory: '/home/me/shop', user: 'me' })
const select = (config: unknown, selection: Partial<Selection> = {}) =>
  selectHosts(project(config), { environment: 'production', ...selection })
const one = (config: unknown, selection?: Partial<Selection>): RunHost => {
  const [host] = select(config, selection)
  if (!host) throw new Error('no host')
  return host
}
const problems = (what: () => unknown): readonly Problem[] => {
  try {
    what()
  } catch (thrown) {
    if (!isDragonfabError(thrown)) throw thrown
    expect(thrown.status).toBe(2)
    return thrown.problems
  }
  throw new Error('nothing was refused')
}
const messages = (what: () => unknown) => problems(what).map(({ message }) => message)

const facts = { local: { newRelease: '260102-030405', 'git.commit': 'c0ffee' }, hosts: {} }
const base = { appName: 'shop', plugins: [git({ repo: 'r' })], environments: { production: { hosts: ['web1'] } } }

describe('layers', () => {
  const layersOf = (count: number) => {
    const at = (index: number) => (index < count ? { linkedDirs: [`layer${index}`], keepReleases: index + 1 } : {})
    const plugin = definePlugin({ name: 'low', needs: [release()], defaults: at(0) })
    return {
      appName: 'shop',
      plugins: [plugin()],
      ...at(1),
      environments: {
        __all__: { ...at(2), roles: { web: at(4) } },
        production: { ...at(3), roles: { web: { ...at(5), hosts: [{ name: 'web1', ...at(6) }] } } },
      },
    }
  }
  const origins = [
    'plugin low',
    'config',
    'environments.__all__',
    'environments.production',
    'environments.__all__.roles.web',
    'environments.production.roles.web',
    'environments.production.roles.web.hosts[0]',
  ]

  it.each(origins.map((origin, index) => [origin, index + 1] as const))('%s wins over all below', (origin, count) => {
    const host = one(layersOf(count))
    expect(host.env()).toMatchObject({ keepReleases: count, linkedDirs: [`layer${count - 1}`] })
    expect(host.origins().find(({ name }) => name === 'keepReleases')).toEqual({ name: 'keepReleases', value: count, origin })
  })

  it('the command line wins over all, and its text is read as the variable’s kind', () => {
    const set = { keep_releases: '9', 'linked-dirs': 'a,b', 'git.shallowClone': 'no', git_branch: 'next', dotenv: 'A=1,B=2' }
    const host = one({ ...layersOf(7), plugins: [git({ repo: 'r', branch: 'main' })] }, { set })
    expect(host.env()).toMatchObject({
      keepReleases: 9,
      linkedDirs: ['a', 'b'],
      dotenv: { A: '1', B: '2' },
      git: { shallowClone: false, branch: 'next' },
    })
    expect(host.origins().find(({ name }) => name === 'git.branch')?.origin).toBe('--set')
  })

  it('options given to the plugin are above plugins’ defaults and below the config', () => {
    const plugin = definePlugin({ name: 'x', needs: [git()], defaults: { git: { branch: 'from-x' } } })
    const branch = (config: object, options = {}) =>
      (one({ ...base, plugins: [git({ repo: 'r', ...options }), plugin()], ...config }).env().git as { branch: string }).branch
    expect(branch({})).toBe('from-x')
    expect(branch({}, { branch: 'given' })).toBe('given')
    expect(branch({ git: { branch: 'top' } }, { branch: 'given' })).toBe('top')
  })

  it('merges tables and replaces lists; a single entry is a list of one', () => {
    const config = {
      ...base,
      dotenv: { A: 'a', B: 'b' },
      linkedFiles: ['x', 'y'],
      environments: { production: { hosts: 'web1', dotenv: { B: 'c', D: 4 }, linkedFiles: 'z' } },
    }
    expect(one(config).env()).toMatchObject({ dotenv: { A: 'a', B: 'c', D: 4 }, linkedFiles: [{ path: 'z', missing: 'error' }] })
    expect(
      one(config)
        .origins()
        .find(({ name }) => name === 'dotenv')?.origin,
    ).toBe('config, environments.production')
  })

  it('undefined says nothing; null takes a value away', () => {
    const config = (sudoUser: unknown) => ({ ...base, sudoUser: 'www', environments: { production: { hosts: 'web1', sudoUser } } })
    expect(one(config(undefined)).env().sudoUser).toBe('www')
    expect(one(config(null)).env().sudoUser).toBeUndefined()
  })

  it('merges the project’s own variables key by key, and reads text of the command line as the config’s type', () => {
    const config = {
      ...base,
      vars: { api: { url: 'a', port: 1 }, on: false, n: 1 },
      environments: { production: { hosts: 'web1', vars: { api: { port: 2 } } } },
    }
    expect(one(config, { set: { 'vars.on': 'yes', vars_n: '7' } }).env().vars).toEqual({ api: { url: 'a', port: 2 }, on: true, n: 7 })
  })
})

describe('lazy values', () => {
  it('functions and %(…)s see the finished env, in any order', () => {
    const config = {
      ...base,
      path: (env: Record<string, unknown>) => `/srv/${String(env.appName)}/${String(env.stage)}`,
      vars: {
        label: '%(project_name)s on %(host)s keeps %(keepReleases)s of %(git.branch)s, 100%%, 50%d',
        list: ['%(env_name)s', { deep: '%(role)s' }],
      },
      environments: { production: { keepReleases: 3, roles: { web: { hosts: ['web1'] } } } },
    }
    const env = one(config).env()
    expect(env).toMatchObject({
      path: '/srv/shop/production',
      currentPath: '/srv/shop/production/current',
      stateDir: '/srv/shop/production/.dragonfab',
      vars: { label: 'shop on web1 keeps 3 of main, 100%, 50%d', list: ['production', { deep: 'web' }] },
    })
  })

  it('a text that is nothing but one name can be a list, a number or a flag', () => {
    const config = {
      ...base,
      vars: { files: ['a', 'b'], keep: 7, shared: false },
      linkedDirs: '%(vars.files)s',
      keepReleases: '%(vars.keep)s',
      sharedWritable: '%(vars.shared)s',
    }
    expect(one(config).env()).toMatchObject({ linkedDirs: ['a', 'b'], keepReleases: 7, sharedWritable: false })
  })

  it('cycles are reported with the whole chain', () => {
    const config = { ...base, vars: { a: '%(vars.b)s', b: (env: { vars: { c: string } }) => env.vars.c, c: 'x%(vars.a)s' } }
    expect(messages(() => select({ ...config, path: '/%(vars.b)s' }))).toEqual([
      'a variable needs itself: vars.b → vars.c → vars.a → vars.b',
    ])
  })

  it('a typo in a function is reported with the chain and a suggestion', () => {
    const config = { ...base, path: '/srv/%(vars.a)s', vars: { a: (env: Record<string, unknown>) => env.appNme } }
    expect(problems(() => select(config))).toEqual([
      {
        code: 'UNKNOWN_VARIABLE',
        message: 'appNme is not a variable (path → vars.a → appNme)',
        remedy: expect.stringContaining('"appName"'),
      },
    ])
  })

  it.each([
    ['fails', () => JSON.parse('{'), /^path: the function failed \(production\)$/],
    ['returns a promise', async () => '/srv', /^path: the function returns a promise$/],
    ['gives a wrong type', () => 5, /^path should be text, not 5/],
    ['gives nothing', () => undefined, undefined],
  ])('a function that %s', (_, path, expected) => {
    if (expected) expect(messages(() => select({ ...base, path }))).toContainEqual(expect.stringMatching(expected))
    else expect(one({ ...base, path }).env().path).toBe('/home/me/www/shop')
  })

  it('secrets are never formatted, and are not read as text', () => {
    const config = { ...base, plugins: [git({ repo: 'r', token: '100%(x)s%%' })], vars: { key: hide('k') } }
    const token = (one(config).env().git as { token: unknown }).token
    expect(isSecret(token) && reveal(token)).toBe('100%(x)s%%')
    expect(String(token)).toBe('[secret]')
    expect(messages(() => select({ ...config, vars: { key: hide('k'), text: 'a%(vars.key)s' } }))).toEqual([
      'vars.text: %(vars.key)s is a secret, and secrets never become part of text',
    ])
    expect(messages(() => select({ ...config, linkedDirs: ['%(vars.key)s'] }))).toContainEqual(expect.stringContaining('is a secret'))
    expect(messages(() => select({ ...config, projectName: (env: { vars: { key: string } }) => env.vars.key }))).toContainEqual(
      'projectName should be text, not a secret (production)',
    )
  })

  it('a value that has none here', () => {
    expect(messages(() => select({ ...base, projectName: 'x-%(role)s' }))).toContain(
      'projectName: %(role)s is not known yet: it is known once a host is selected'.replace(
        /.*/,
        'projectName: %(role)s has no value (projectName → role, production)',
      ),
    )
  })
})

describe('env', () => {
  const env = one(base).env()

  it('cannot be written', () => {
    expect(() => Object.assign(env, { path: '/' })).toThrow(TypeError)
    expect(() => Object.defineProperty(env.vars, 'x', { value: 1 })).toThrow(TypeError)
    expect(Reflect.deleteProperty(env, 'path')).toBe(false)
  })

  it('is read in either spelling, and refuses what is not a variable', () => {
    expect(env.keep_releases).toBe(5)
    expect((env.git as Record<string, unknown>).shallow_clone).toBe(true)
    expect(problems(() => env.keepRelease)[0]).toMatchObject({
      code: 'UNKNOWN_VARIABLE',
      message: 'keepRelease is not a variable',
      remedy: 'did you mean "keepReleases"?',
    })
    expect(problems(() => (env.git as Record<string, unknown>).brnach)[0]?.message).toBe('git.brnach is not a variable')
  })

  it('supports what the language and tools read from any object', async () => {
    await expect(Promise.resolve(env)).resolves.toBe(env)
    expect(Object.prototype.toString.call(env)).toBe('[object Object]')
    expect(`${typeof env} ${env[Symbol.iterator as never]}`).toBe('object undefined')
    expect(Object.keys(env)).toContain('git')
    expect('keepReleases' in env).toBe(true)
  })
})

describe('facts', () => {
  it('become the variables of their names; reading what needs one is an error before', () => {
    const host = one(base)
    expect(host.env(facts)).toMatchObject({
      newRelease: '260102-030405',
      releasePath: '/home/me/www/shop/releases/260102-030405',
      git: { commit: 'c0ffee' },
    })
    expect(messages(() => host.env().releasePath)).toEqual([
      'releasePath → newRelease is not known yet: it is known in tasks with the signal deploy.starting',
    ])
    expect(host.origins().find(({ name }) => name === 'releasePath')).toMatchObject({
      value: undefined,
      unknown: expect.stringContaining('newRelease is not known'),
    })
    expect(host.origins(facts).find(({ name }) => name === 'git.commit')).toEqual({ name: 'git.commit', value: 'c0ffee', origin: 'fact' })
  })

  it('of a host are its own, and text in them is data', () => {
    const [a, b] = select({ ...base, environments: { production: { hosts: ['a', 'b'] } } })
    const told = { local: facts.local, hosts: { a: { rollbackTo: '%(path)s' }, b: { rollbackTo: 'B' } } }
    expect([a, b].map((host) => host?.env(told).rollbackTo)).toEqual(['%(path)s', 'B'])
  })

  it('overrides are functions of the env without them', () => {
    const host = one(base)
    const overrides = {
      releasePath: (env: Readonly<Record<string, unknown>>) => env.currentPath,
      currentPath: (env: Readonly<Record<string, unknown>>) => env.releasePath,
    }
    expect(host.env(facts, overrides)).toMatchObject({
      releasePath: '/home/me/www/shop/current',
      currentPath: '/home/me/www/shop/releases/260102-030405',
    })
    expect(messages(() => host.env(facts, { relasePath: () => 1 }))).toEqual(['relasePath is not a variable'])
  })
})

describe('path and state', () => {
  const path = (config: object, selection?: Partial<Selection>) => one({ appName: 'shop', ...config }, selection).env().path
  const on = (hosts: unknown, rest: object = {}) => ({ ...rest, environments: { production: { hosts } } })

  it.each([
    [on('web1'), '/home/me/www/shop'],
    [on('deploy@web1'), '/home/deploy/www/shop'],
    [on('root@web1'), '/root/www/shop'],
    [on('web1', { user: 'deploy' }), '/home/deploy/www/shop'],
    [on('web1', { user: 'deploy', sudoUser: 'www' }), '/home/www/www/shop'],
    [on('local', { user: 'deploy' }), '/home/me/www/shop'],
    [on('local', { path: './.deployed' }), '/home/me/shop/.deployed'],
    [on('local', { path: '../x/' }), '/home/me/x'],
    [on('web1', { path: '/srv/shop//' }), '/srv/shop'],
  ])('%j → %s', (config, expected) => {
    expect(path(config)).toBe(expected)
  })

  it('asks ssh_config for the login user', () => {
    const host = one(on('web1', { appName: 'shop' }), { loginUser: (name) => (name === 'web1' ? 'konfig' : undefined) })
    expect(host.env().path).toBe('/home/konfig/www/shop')
    expect(host.address).toEqual({ kind: 'ssh', host: 'web1' })
    expect(host.origins().find(({ name }) => name === 'user')).toMatchObject({ origin: 'ssh_config' })
  })

  it('asks only for hosts whose user nobody names', () => {
    const asked: string[] = []
    const config = { appName: 'a', environments: { production: { hosts: ['a', 'me@b', { name: 'c', user: 'd' }, 'local'] } } }
    select(config, { loginUser: (host) => void asked.push(host) })
    expect(asked).toEqual(['a'])
    select(config, { loginUser: (host) => void asked.push(host), set: { user: 'x' } })
    expect(asked).toEqual(['a'])
  })

  it.each(['./x', 'x', '~/x', '~', '/', '//', '-x', 'a\nb', '', '\0'])('refuses %j on a host', (value) => {
    expect(messages(() => path(on('web1', { path: value })))).toEqual([expect.stringMatching(/^path /)])
  })

  it('stateDir is in the home directory, or in the directory that a plugin sets', () => {
    expect(one({ appName: 'shop', ...on('web1') }).env().stateDir).toBe('~/.dragonfab/shop-production')
    expect(one(base).env().stateDir).toBe('/home/me/www/shop/.dragonfab')
  })

  it('knownHosts are files beside the config', () => {
    expect(one({ appName: 'shop', ...on('web1', { knownHosts: ['./known_hosts', '~/x', '/etc/k'] }) }).env().knownHosts).toEqual([
      '/home/me/shop/known_hosts',
      `${homedir()}/x`,
      '/etc/k',
    ])
  })
})

describe('hosts', () => {
  const fleet = {
    appName: 'shop',
    environments: {
      production: {
        roles: {
          web: { hosts: ['web1', { name: 'web2', address: 'deploy@10.0.0.2:2222', vars: {} }] },
          worker: { hosts: ['job1', 'job1:2200'] },
          cron: { hosts: ['job1', '[::1]:22'] },
        },
      },
      inherited: { hosts: ['a', 'b'], roles: { x: {}, y: { hosts: 'c' } } },
      empty: {},
      emptyRole: { roles: { x: {}, y: { hosts: 'c' } } },
    },
  }
  const names = (selection: Partial<Selection> = {}) => select(fleet, selection).map(({ name }) => name)

  it('have names of their own, roles and addresses', () => {
    expect(names()).toEqual(['web1', 'web2', 'job1/worker', 'job1:2200', 'job1/cron', '::1'])
    const [, web2, , , , six] = select(fleet)
    expect(web2).toMatchObject({
      role: 'web',
      environment: 'production',
      address: { kind: 'ssh', host: '10.0.0.2', port: 2222, user: 'deploy' },
    })
    expect(six?.address).toEqual({ kind: 'ssh', host: '::1', port: 22 })
    expect(web2?.env()).toMatchObject({ stage: 'production', role: 'web', host: 'web2', hosts: ['web1', 'web2'], user: 'deploy' })
  })

  it('are chosen by role and by name', () => {
    expect(names({ roles: ['web'] })).toEqual(['web1', 'web2'])
    expect(names({ roles: ['worker', 'cron'], hosts: ['job1'] })).toEqual(['job1/worker', 'job1:2200', 'job1/cron'])
    expect(names({ hosts: ['web2', 'web1'] })).toEqual(['web1', 'web2'])
    expect(names({ hosts: ['10.0.0.2'] })).toEqual(['web2'])
  })

  it('are inherited by roles that have none', () => {
    expect(select(fleet, { environment: 'inherited' }).map(({ name, role }) => `${role} ${name}`)).toEqual(['x a', 'x b', 'y c'])
    expect(select({ appName: 'a', hosts: 'top', environments: { production: {} } })[0]?.name).toBe('top')
  })

  it('unknown ones, roles and environments are reported with what there is', () => {
    const notesOf = (selection: Partial<Selection>) =>
      problems(() => select(fleet, selection)).map(({ message, remedy }) => `${message} → ${remedy}`)
    expect(notesOf({ environment: 'prodution' })).toEqual([
      'there is no environment prodution → did you mean "production"? · there are: production, inherited, empty, emptyRole',
    ])
    expect(notesOf({ roles: ['wbe'], hosts: ['wbe1'], set: { pth: 'x' }, excludedPlugins: ['gti'] })).toEqual([
      'environment production has no role wbe → did you mean "web"? · there are: web, worker, cron',
      'environment production has no host wbe1 → did you mean "web1"? · there are: web1, web2, job1/worker, job1:2200, job1/cron, ::1',
      expect.stringMatching(/^--set pth is not known → did you mean "path"/),
      'plugin gti is not in this project → undefined',
    ])
    expect(notesOf({ environment: 'empty' })).toEqual(['environment empty has no hosts → give it some: hosts: [...]'])
    expect(notesOf({ environment: 'emptyRole' })).toEqual(['role x of environment emptyRole has no hosts → give it some: hosts: [...]'])
    expect(names({ environment: 'emptyRole', roles: ['y'] })).toEqual(['c'])
    expect(notesOf({ roles: ['web'], hosts: ['job1'] })).toEqual([
      expect.stringContaining('environment production has no host with role web, host job1'),
    ])
  })

  it('user, host by host: the address, a variable, the command line', () => {
    const at = (hosts: unknown, set = {}) => one({ appName: 'a', user: 'top', environments: { production: { hosts } } }, { set }).address
    expect(at('web1')).toEqual({ kind: 'ssh', host: 'web1', user: 'top' })
    expect(at('own@web1')).toEqual({ kind: 'ssh', host: 'web1', user: 'own' })
    expect(at('own@web1', { user: 'cli' })).toEqual({ kind: 'ssh', host: 'web1', user: 'cli' })
  })
})

describe('what is checked when hosts are selected', () => {
  const needy = definePlugin({
    name: 'needy',
    options: { token: secretText({ help: 'The token', required: true }), url: text({ help: 'The URL', required: true }) },
  })

  it('required variables, once for all hosts alike', () => {
    const config = { plugins: [needy()], environments: { production: { hosts: ['a', 'b', 'c'] } } }
    expect(messages(() => select(config))).toEqual([
      'appName has no value for production',
      'needy.token has no value for production',
      'needy.url has no value for production',
    ])
    expect(messages(() => select({ ...config, appName: 'x' }, { set: { 'needy.token': 't' } }))).toEqual([
      'needy.url has no value for production',
    ])
    expect(select({ ...config, appName: 'x' }, { excludedPlugins: ['needy'] })).toHaveLength(3)
  })

  it('a Standard Schema, on the merged value', () => {
    const check = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (value: unknown) =>
          Object.keys(value as object).length > 1
            ? { value: { ...(value as Record<string, number>), seen: 1 } }
            : { issues: [{ message: 'needs two', path: ['x', { key: 'y' }] }] },
      },
    }
    const plugin = definePlugin({ name: 'p', variables: { pair: table({ help: 'two', check, parse: (value) => Number(value) }) } })
    const config = (pair: object) => ({
      appName: 'a',
      plugins: [plugin()],
      pair: { a: 1 },
      environments: { production: { hosts: 'h', pair } },
    })
    expect(one(config({ b: 2 })).env().pair).toEqual({ a: 1, b: 2, seen: 1 })
    expect(messages(() => select(config({})))).toEqual(['environments.production.pair.x.y is not right: needs two (production)'])
  })

  it('values that are only known by then, with their position', () => {
    const config = { ...base, vars: { n: 0 }, environments: { production: { hosts: 'h', keepReleases: '%(vars.n)s' } } }
    expect(messages(() => select(config))).toEqual([
      'environments.production.keepReleases should be a whole number of at least 1, not 0 (production)',
    ])
    expect(messages(() => select(base, { set: { keepReleases: 'five' } }))).toEqual([
      '--set keepReleases should be a whole number of at least 1, not "five"',
    ])
  })

  it('plugins that are left out keep their variables and lose their hooks', () => {
    const left = removePlugins(project(base), ['git'])
    expect(left.plugins.map(({ hooks }) => Object.keys(hooks))).toEqual([['deploy.starting'], []])
    expect(selectHosts(left, { environment: 'production' })[0]?.env()).toMatchObject({ git: { branch: 'main' } })
  })
})

describe('a plugin without types', () => {
  it('may have a flat variable with its name', () => {
    const lxc = definePlugin({ name: 'lxc', variables: { lxc: text({ help: 'The container' }), lxcMemory: whole({ help: 'MB' }) } })
    expect(
      one({ appName: 'a', plugins: [lxc()], environments: { production: { hosts: 'local', lxc: 'box', lxc_memory: 5 } } }).env(),
    ).toMatchObject({ lxc: 'box', lxcMemory: 5 })
  })
})
