import { definePlugin, flag, isDragonfabError, type Problem, text, whole } from '@dragonfab/core'
import { describe, expect, it } from 'vitest'
import { git, release } from '../../../core/test/types/fixtures/plugins.ts'
import { loadProject } from './load-project.ts'
import type { Project } from './types.ts'

const at = { directory: '/home/me/shop', file: '/home/me/shop/dragonfab.config.ts', user: 'me' }
const load = (config: unknown): Project => loadProject(config, at)

export function problemsOf(what: () => unknown): readonly Problem[] {
  try {
    what()
  } catch (thrown) {
    if (!isDragonfabError(thrown)) throw thrown
    expect(thrown.status).toBe(2)
    return thrown.problems
  }
  throw new Error('nothing was refused')
}
const messages = (config: unknown) => problemsOf(() => load(config)).map(({ message }) => message)
const remedies = (config: unknown) => problemsOf(() => load(config)).map(({ remedy }) => remedy)

const good = {
  appName: 'shop',
  plugins: [git({ repo: 'git@example.org:shop.git' })],
  environments: {
    __all__: { user: 'deploy' },
    production: {
      sequence: ['web_mode:maintenance', 'release', { always: 'web_mode:live' }, { onFailure: 'web_mode:live,now' }],
      roles: { web: { hosts: ['web1', 'web2'] }, worker: { hosts: ['job1'] } },
    },
    staging: { hosts: 'deploy@staging.example.org:2222' },
  },
  hooks: { 'deploy.updated': [() => null, 'web_mode:live'] },
  tasks: { web_mode: { summary: 'maintenance or live', args: ['mode', 'when?'], run: () => null } },
}

describe('a right configuration', () => {
  const project = load(good)

  it('has each plugin once, after those that it needs', () => {
    expect(project.plugins.map(({ name }) => name)).toEqual(['release', 'git'])
    const again = load({ ...good, plugins: [git({ repo: 'x' }), release()] })
    expect(again.plugins.map(({ name }) => name)).toEqual(['release', 'git'])
  })

  it('takes the config’s own listing of a needed plugin', () => {
    const own = release()
    expect(load({ ...good, plugins: [git(), own] }).plugins[0]).toBe(own)
  })

  it('keeps the order of the list if no plugin needs another', () => {
    const plain = (name: string) => definePlugin({ name })()
    expect(load({ plugins: ['c', 'a', 'b'].map(plain) }).plugins.map(({ name }) => name)).toEqual(['c', 'a', 'b'])
  })

  it('tells environments, roles, hosts and sequences', () => {
    expect(project.environments).toEqual({
      production: {
        name: 'production',
        roles: ['web', 'worker'],
        hosts: [
          { name: 'web1', role: 'web' },
          { name: 'web2', role: 'web' },
          { name: 'job1', role: 'worker' },
        ],
        sequence: [
          { when: 'next', task: 'web_mode', args: ['maintenance'] },
          { when: 'next', task: 'release', args: [] },
          { when: 'always', task: 'web_mode', args: ['live'] },
          { when: 'onFailure', task: 'web_mode', args: ['live', 'now'] },
        ],
      },
      staging: { name: 'staging', roles: [], hosts: [{ name: 'staging.example.org', role: undefined }], sequence: undefined },
    })
  })

  it('tells signals, flows, tasks and hooks, and whose they are', () => {
    expect(project.signals).toEqual([
      'check',
      'status',
      'deploy.starting',
      'deploy.updating',
      'deploy.updated',
      'deploy.published',
      'deploy.failed',
      'git.updated',
    ])
    expect(project.flows.release).toMatchObject({ name: 'release', plugin: 'release' })
    expect(Object.values(project.tasks).map(({ name, plugin }) => `${plugin} ${name}`)).toEqual(
      expect.arrayContaining(['release once', 'config web_mode']),
    )
    expect(project.hooks['deploy.updated']).toEqual([expect.any(Function), { task: 'web_mode', args: ['live'] }])
  })

  it('lets the config’s own task win over a plugin’s', () => {
    const once = { summary: 'mine', run: () => null }
    expect(load({ ...good, tasks: { ...good.tasks, once } }).tasks.once).toMatchObject({ plugin: 'config', spec: once })
  })

  it('lets the config’s own task win over a flow', () => {
    const rollback = { summary: 'mine', run: () => null }
    const own = load({ ...good, tasks: { ...good.tasks, rollback } })
    expect([own.tasks.rollback?.plugin, own.flows.rollback, own.flows.release?.plugin]).toEqual(['config', undefined, 'release'])
    expect(own.signals).toContain('deploy.published')
  })

  it('lists the variables with all their names', () => {
    const named = Object.fromEntries(
      load({ ...good, vars: { apiUrl: 'x' } })
        .variables()
        .map((variable) => [variable.name, variable]),
    )
    expect(named['git.shallowClone']).toMatchObject({
      plugin: 'git',
      aliases: ['git.shallow_clone', 'git_shallow_clone'],
      field: { kind: 'flag', default: true },
    })
    expect(named.dotenv?.aliases).toEqual(['environment'])
    expect(named['vars.apiUrl']?.aliases).toEqual(['vars.api_url', 'vars_api_url'])
    expect(named.path?.aliases).toContain('remote_path')
    expect(named.stage).toBeUndefined()
  })

  it('accepts an environment named like a task', () => {
    expect(load({ ...good, environments: { release: { hosts: ['a'] } } }).environments.release?.hosts).toHaveLength(1)
  })

  it('accepts snake_case and the originals’ names', () => {
    const flat = {
      app_name: 'shop',
      plugins: [git()],
      repo: 'r',
      branch: 'b',
      git_shallow_clone: false,
      keep_releases: 3,
      'git.revision_file': 'REV',
      remote_path: '/srv/shop',
      environment: { A: 'b' },
    }
    expect(() => load(flat)).not.toThrow()
  })
})

it('names the plugin that enters a guest, so that its default task can be found', () => {
  const jail = definePlugin({
    name: 'jail',
    variables: { jail: text({ help: 'The jail' }) },
    guest: ({ jail }) => (jail === undefined ? undefined : { name: jail, login: 'root' }),
  })
  const { environments } = load({
    appName: 'shop',
    plugins: [jail()],
    environments: { box: { jail: 'shop-a' }, local: { hosts: 'local' } },
  })
  expect(environments.box?.hosts).toEqual([{ name: 'shop-a', role: undefined, guestOf: 'jail' }])
  expect(environments.local?.hosts).toEqual([{ name: 'local', role: undefined }])
})

describe('everything that is wrong is reported at once, with its position', () => {
  it('misspelt keys, at every level, with what is meant', () => {
    const config = {
      ...good,
      keepRelases: 5,
      git: { brnach: 'x' },
      environments: {
        produciton: { keep_relases: 3, hosts: [{ name: 'a', linkedFile: 'x' }], roles: { web: { hosts: [], gti: { branch: 'x' } } } },
      },
    }
    expect(problemsOf(() => load(config)).map(({ message, remedy }) => [message, remedy?.split(' · ')[0]])).toEqual([
      ['keepRelases is not known', 'did you mean "keepReleases"?'],
      ['git.brnach is not known', 'did you mean "branch"?'],
      ['environments.produciton.keep_relases is not known', 'did you mean "keep_releases"?'],
      ['environments.produciton.hosts[0].linkedFile is not known', 'did you mean "linkedFiles"?'],
      ['environments.produciton.roles.web.gti is not known', 'did you mean "git"?'],
      ['environments.produciton.hosts is not used: every role has its own hosts', 'move them into a role, or leave them out'],
    ])
  })

  it('keys at the wrong level', () => {
    expect(remedies({ environments: { a: { hooks: {}, roles: { b: { sequence: [] } } } } })).toEqual([
      'hooks belongs at the top level of the config',
      'sequence belongs in an environment',
    ])
  })

  it.each([0, -1, 1.5, '5', Number.NaN, Number.POSITIVE_INFINITY, true, [5], null])('keepReleases: %s', (keepReleases) => {
    const expected = expect.stringMatching(/^keepReleases (should be a whole number of at least 1, not |has no value)/)
    expect(messages({ plugins: [release()], keepReleases })).toEqual([expected])
    expect(messages({ plugins: [release()], environments: { a: { roles: { b: { hosts: [{ name: 'c', keepReleases }] } } } } })).toEqual([
      expect.stringContaining('environments.a.roles.b.hosts[0].keepReleases '),
    ])
  })

  it('wrong types', () => {
    expect(
      messages({
        appName: 5,
        plugins: [git({ shallowClone: 'yes' as never })],
        linkedFiles: ['a', 7],
        linkedDirs: ['-rf', 'a\nb'],
        dotenv: ['A=b'],
        shellEnv: { 'A-B': 'x', C: {} },
        git: { strategy: 'rsync', repo: '' },
        environments: { a: 'b', c: { roles: [] } },
      }),
    ).toEqual([
      'plugins.git.shallowClone should be true or false, not "yes"',
      'appName should be text, not 5: put it in quotes',
      'linkedFiles[1] should be a path or { path, missing }, not 7',
      'linkedDirs[0] starts with "-", so a command would take it for an option: "-rf"',
      'linkedDirs[1] contains a control character: "a\\nb"',
      'dotenv should be a table of names and values, not a list',
      'shellEnv has the name "A-B", which is not allowed',
      'git.strategy should be one of mirror, upload, not "rsync"',
      'git.repo is empty',
      'environments.a should be a table (an environment), not "b"',
      'environments.c.roles should be a table of roles, not a list',
    ])
  })

  it.each(['..', '.', 'a/b', '', '-x', 'x'.repeat(101), 'x'.repeat(300), 'a b', 'a\nb', 'schön', '%%', '.a', 'a\0'])(
    'appName %j',
    (appName) => {
      expect(messages({ appName })).toEqual([expect.stringMatching(/^appName /)])
    },
  )

  it('unknown signals, tasks and arguments', () => {
    const problems = problemsOf(() =>
      load({
        ...good,
        hooks: { 'deploy.updatd': 'web_mode:live', 'deploy.updated': ['web_mod', 'web_mode', 'release', 5] },
        environments: {
          a: { hosts: ['x'], sequence: ['releese', 'web_mode:a,b,c', { sometimes: 'release' }, 'deploy', 'rollback:x', 'release:x'] },
        },
      }),
    )
    expect(problems.map(({ message, remedy }) => [message, remedy?.split(' · ')[0]])).toEqual([
      ['hooks.deploy.updatd: there is no such signal', 'did you mean "deploy.updated"?'],
      ['hooks.deploy.updated[0]: "web_mod" is not a task', 'did you mean "web_mode"?'],
      ['hooks.deploy.updated[1]: web_mode needs ‘mode’', 'write web_mode:mode,when?'],
      ['hooks.deploy.updated[2]: release is a flow, but a hook can only name a task', 'put it into the sequence'],
      ['hooks.deploy.updated[3] should be a function or the name of a task, not 5', undefined],
      ['environments.a.sequence[0]: "releese" is not a task', 'did you mean "release"?'],
      ['environments.a.sequence[1]: web_mode takes mode,when?, so ‘c’ is one too many', 'write \\, for a comma within an argument'],
      ['environments.a.sequence[2] should be a task, { always: task } or { onFailure: task }, not ["sometimes"]', undefined],
      ['environments.a.sequence[3]: "deploy" is not a task', 'deploy runs this sequence: name what it should run'],
      ['environments.a.sequence[5]: release takes no arguments, so ‘x’ is one too many', 'write \\, for a comma within an argument'],
    ])
  })

  it('tasks that are incomplete', () => {
    const run = () => null
    expect(
      messages({
        tasks: {
          a: { summary: '', run },
          b: { summary: 'b' },
          c: { summary: 'c', run, arg: ['x'] },
          d: { summary: 'd', run, args: ['x?', 'y'] },
          e: { summary: 'e', run, args: 'x' },
          'f:g': { summary: 'f', run },
          deploy: { summary: 'g', run },
          list: { summary: 'h', run },
          status: { summary: 'i', run },
        },
      }),
    ).toEqual([
      'tasks.a.summary should be a sentence that says what the task does, not ""',
      'tasks.b.run should be a function that returns steps, not nothing',
      'tasks.c.arg is not known',
      'tasks.d.args: y is required, but follows x?, which may be left out',
      'tasks.e.args should be a list of names, not "x"',
      expect.stringContaining('tasks.f:g: "f:g" cannot be a name'),
      'tasks.deploy: deploy runs the sequence of an environment',
      'tasks.list: list is a task or a command that every project has',
      'tasks.status: status is a task or a command that every project has',
    ])
  })

  it.each(['list', 'apply', 'new', 'help', 'completion'])('an environment called %s', (name) => {
    expect(messages({ environments: { [name]: {} } })).toEqual([
      `environments.${name}: ${name} is a command, so an environment cannot have this name`,
    ])
  })

  it.each(['a:b', 'a,b', '-a', 'a b', '', '../x', 'a/b'])('an environment or role called %j', (name) => {
    expect(messages({ environments: { [name]: {}, b: { roles: { [name]: { hosts: [] } } } } })).toEqual([
      expect.stringMatching(/^environments: .* cannot be a name/),
      expect.stringMatching(/^environments.b.roles: .* cannot be a name/),
    ])
  })

  it('hosts', () => {
    expect(
      messages({
        environments: {
          a: {
            hosts: ['-oProxyCommand=x', 'a b', 'x:0', 5, () => [], { address: 'x' }, { name: 'y', address: 'z:70000' }, 'web1', 'web1'],
          },
        },
      }),
    ).toEqual([
      'environments.a.hosts[0] has a host that starts with "-", which ssh would take for an option: "-oProxyCommand=x"',
      'environments.a.hosts[1] has a character in its host that is not allowed: "a b"',
      'environments.a.hosts[2] has a port that is not a number between 1 and 65535: "x:0"',
      'environments.a.hosts[3] should be a host (user@host:port) or { name, address, … }, not 5',
      'environments.a.hosts[4] is a function, but hosts have to be known before env',
      'environments.a.hosts[5].name should be the host’s name, not nothing',
      'environments.a.hosts[6].address has a port that is not a number between 1 and 65535: "z:70000"',
      'environments.a: host web1 is listed twice (environments.a.hosts[7], environments.a.hosts[8])',
    ])
  })

  it('plugins', () => {
    expect(
      problemsOf(() => load({ plugins: ['gti', './mine', 'acme-plugin/x', git, undefined, release(), release()] })).map(
        ({ message, remedy }) => `${message} → ${remedy}`,
      ),
    ).toEqual([
      'plugins[0]: "gti" is not installed → npm install --save-dev @dragonfab/plugin-gti',
      'plugins[1]: "./mine" is not installed → undefined',
      'plugins[2]: "acme-plugin/x" is not installed → npm install --save-dev acme-plugin/x',
      'plugins[3] is the factory of git, not a plugin → call it: git()',
      expect.stringContaining('plugins[4] should be a plugin, not nothing'),
      'plugins: release is listed twice → give all its options in one place',
    ])
  })

  it('plugins that do not go together', () => {
    const one = definePlugin({
      name: 'one',
      variables: { port: whole({ help: 'p' }), hooks: flag({ help: 'h' }), path: text({ help: 'x' }) },
      facts: { prot: { signals: [], scope: 'local', ask: async () => 1 } },
    })
    const two = definePlugin({
      name: 'port',
      options: { a: text({ help: 'a' }) },
      variables: { onePort: text({ help: 'p', alias: 'port' }) },
      hooks: { 'never.comes': () => null } as never,
    })
    expect(messages({ plugins: [one(), two()] })).toEqual([
      'plugin one declares the variable hooks, which is a key of the config itself',
      'path of plugin one and core’s path have the same name: path',
      'onePort of plugin port and port of plugin one have the same name: port',
      'port of plugin one has the same name as plugin port, which has options',
      'plugin one: its fact prot is not a variable',
      'plugin port: there is no signal never.comes',
    ])
  })

  it('one variable in two spellings, and variables that follow from the position in the config', () => {
    expect(
      messages({ plugins: [release()], keepReleases: 1, keep_releases: 2, stage: 'x', environments: { a: { role: 'x', env_name: 'y' } } }),
    ).toEqual([
      'keep_releases and keepReleases are the same variable',
      'stage cannot be set: stage follows from the position in the config',
      'environments.a.role cannot be set: role follows from the position in the config',
      'environments.a.env_name cannot be set: stage follows from the position in the config',
    ])
  })

  it('unknown names and secrets in %(…)s, at every level', () => {
    const config = {
      plugins: [git()],
      path: '/srv/%(appNme)s',
      linkedDirs: ['a', '%(nothing.like_it)s'],
      vars: { a: { b: ['%(git.token)s'] } },
      dotenv: { A: '%(vars.b)s' },
    }
    expect(messages(config)).toEqual([
      'path: %(appNme)s is not a variable',
      'linkedDirs[1]: %(nothing.like_it)s is not a variable',
      'vars.a.b[0]: %(git.token)s is a secret, and secrets never become part of text',
      'dotenv.A: %(vars.b)s is not a variable',
    ])
  })

  it('variables of the project that the top level does not know', () => {
    expect(
      problemsOf(() => load({ vars: { apiUrl: 'x' }, environments: { a: { vars: { apiUlr: 'y' } } } })).map(
        ({ message, remedy }) => `${message} → ${remedy}`,
      ),
    ).toEqual(['environments.a.vars.apiUlr is not known → did you mean "apiUrl"? · there is: apiUrl'])
    expect(() => load({ environments: { __all__: { vars: { apiUrl: 'x' } }, a: { vars: { apiUrl: 'y' } } } })).not.toThrow()
  })

  it.each([undefined, null, 5, 'x', [], () => ({})])('a config that is %s', (config) => {
    expect(problemsOf(() => load(config))[0]?.code).toBe('BAD_CONFIG')
  })
})
