import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { here, published, type Resolution, type Seen, Service } from './service.ts'

const fixture = (name: string) => readFileSync(join(here, 'fixtures', name), 'utf8')
const config = fixture('config.ts')
const plugins = fixture('plugins.ts')

/** `text` with the one place that `from` names replaced, and where that is. */
function change(text: string, from: string, to: string) {
  const start = text.indexOf(from)
  if (start < 0 || text.indexOf(from, start + 1) >= 0) throw new Error(`${from} does not stand in the fixture once`)
  return { text: text.replace(from, () => to), line: text.slice(0, start).split('\n').length }
}

// [what, what stands in the fixture, the same misspelt, the word that must be underlined]
const misspelt: readonly (readonly [what: string, from: string, to: string, word: string])[] = [
  ['a variable at the top level', 'keepReleases: 5', 'keepRelases: 5', 'keepRelases'],
  ['a core variable', "appName: 'shop'", "appNmae: 'shop'", 'appNmae'],
  ['a plugin’s option in its factory', "repo: 'git@", "rpeo: 'git@", 'rpeo'],
  ['a plugin’s section', "git: { strategy: 'upload'", "gti: { strategy: 'upload'", 'gti'],
  ['a plugin’s option in its section', "git: { strategy: 'upload'", "git: { stratgy: 'upload'", 'stratgy'],
  ['one of the choices', "strategy: 'upload'", "strategy: 'uplaod'", 'strategy'],
  ['env.git.… in a hook', 'env.git.branch} ${env.keepReleases}', 'env.git.brnach} ${env.keepReleases}', 'brnach'],
  ['a needed plugin’s variable in a hook', 'env.keepReleases} ${env.vars.apiUrl}', 'env.keepRelease} ${env.vars.apiUrl}', 'keepRelease'],
  ['env.vars in a hook', 'env.vars.port + 1', 'env.vars.prot + 1', 'prot'],
  ['env.vars in a task', 'smoke ${env.vars.apiUrl}', 'smoke ${env.vars.apiUlr}', 'apiUlr'],
  ['env in a lazy value', 'env.appName.toUpperCase()', 'env.appNmae.toUpperCase()', 'appNmae'],
  ['env.git in a lazy value', '${env.git.branch}-', '${env.git.brnach}-', 'brnach'],
  ['env in an entry of a table', '${env.stage}.${env.git', '${env.stgae}.${env.git', 'stgae'],
  ['the signal of a hook', "'deploy.updated': [", "'deploy.updatd': [", "'deploy.updatd'"],
  ['a plugin’s own signal', "'git.updated': 'smoke'", "'git.updatd': 'smoke'", "'git.updatd'"],
  ['a key of __all__', 'keepReleases: 4', 'keepRelaeses: 4', 'keepRelaeses'],
  ['a key of an environment', "path: './.deployed'", "pth: './.deployed'", 'pth'],
  ['hosts of an environment', "hosts: ['local']", "host: ['local']", 'host'],
  ['a section in an environment', "git: { branch: 'next' }", "git: { brnch: 'next' }", 'brnch'],
  ['vars of an environment', 'vars: { apiUrl: (env)', 'vars: { apiUlr: (env: { stage: string })', 'apiUlr'],
  ['vars within vars', 'nested: { deep: false }', 'nested: { depe: false }', 'depe'],
  ['vars of a role', 'vars: { port: 9000 }', 'vars: { prot: 9000 }', 'prot'],
  ['a key of a role', "linkedFiles: ['app", "linkedFile: ['app", 'linkedFile'],
  ['a key of an entry of a list', "missing: 'create'", "mising: 'create'", 'mising'],
  ['a key of a host', 'keepReleases: 2', 'keepRelease: 2', 'keepRelease'],
  ['a section of a host', 'shallowClone: false', 'shalowClone: false', 'shalowClone'],
  ['an entry of a sequence', "always: 'web_mode:live'", "allways: 'web_mode:live'", 'allways'],
  ['a key of a task', "summary: 'Ask the API'", "sumary: 'Ask the API'", 'sumary'],
  ['a key of the config itself', "appName: 'shop',", "appName: 'shop', sequense: ['release'],", 'sequense'],
  ['a wrong type of a variable', 'keepReleases: 5', "keepReleases: '5'", 'keepReleases'],
  ['a wrong type of a project’s variable', 'port: 9000', "port: '9000'", 'port'],
  ['null for what must have a value', 'keepReleases: 4', 'keepReleases: null', 'keepReleases'],
  ['a function for a secret that may have none', 'token: (env) => secretOf(env.stage)', 'token: () => undefined', '() => undefined'],
  ['a function for hosts', "hosts: ['job1']", "hosts: () => ['job1']", "() => ['job1']"],
]

const misspeltPlugins: typeof misspelt = [
  [
    'a variable in a plugin’s hook',
    'mkdir -p ${env.releasePath} ${env.keepReleases}',
    'mkdir -p ${env.relasePath} ${env.keepReleases}',
    'relasePath',
  ],
  ['an option in a plugin’s hook', '${env.git.branch} ${env.releasePath}', '${env.git.brnch} ${env.releasePath}', 'brnch'],
  [
    'a needed plugin’s variable',
    "${env.releasePath} ${env.keepReleases}`,\n    'git",
    "${env.releasePath} ${env.keepRelease}`,\n    'git",
    'keepRelease',
  ],
  ['a variable in defaults', '${env.path}/releases', '${env.pth}/releases', 'pth'],
  ['a key of defaults', "stateDir: '%(path)s", "statDir: '%(path)s", 'statDir'],
  ['a signal of a flow', "failed: ['deploy.failed']", "failed: ['deploy.faild']", "'deploy.faild'"],
  ['a needed plugin’s signal', "'deploy.updating': ({ env, sh })", "'deploy.updatng': ({ env, sh }: never)", "'deploy.updatng'"],
  ['what an observer listens to', "'run:end': (event)", "'run:ended': (event: { status: number })", "'run:ended'"],
  ['a key of a field', "help: 'A branch, a tag or a sha', alias", "help: 'A branch, a tag or a sha', alais", 'alais'],
]

// [where, what stands in the fixture (the caret is at |), names that must be offered]
const offered: readonly (readonly [where: string, from: string, at: string, names: readonly string[]])[] = [
  ['the top level', "appName: 'shop',", "appName: 'shop', |,", ['hosts', 'sequence', 'linkedFiles', 'sudoUser', 'path']],
  [
    'the top level of a config with little in it',
    "keepReleases: 3, git: { branch: 'x' } ",
    '| ',
    ['environments', 'hooks', 'tasks', 'vars', 'git', 'keepReleases'],
  ],
  ['a factory’s options', "branch: 'main', ", "branch: 'main', |, ", ['shallowClone', 'strategy', 'revisionFile']],
  ['a section', "git: { branch: 'next' }", 'git: { | }', ['branch', 'shallowClone', 'strategy']],
  ['choices', "strategy: 'upload'", "strategy: '|'", ['mirror', 'upload']],
  ['__all__', "user: 'deploy', keep", "user: 'deploy', |, keep", ['hosts', 'roles', 'sequence', 'git', 'path', 'vars', 'linkedDirs']],
  ['an environment', "path: './.deployed'", '|', ['keepReleases', 'git', 'path', 'roles', 'sequence', 'vars']],
  ['a role', "linkedDirs: 'log',", '|', ['linkedDirs', 'keepReleases', 'git', 'vars', 'path']],
  ['a host', 'keepReleases: 2, ', '|, ', ['keepReleases', 'linkedFiles', 'path', 'vars']],
  ['vars of an environment', 'nested: { deep: false }', '|', ['nested', 'port', 'features']],
  ['signals of hooks', "'git.updated': 'smoke'", "'|': 'smoke'", ['git.updated', 'deploy.starting', 'deploy.published', 'status']],
  [
    'env in a hook',
    'test -d ${env.path}',
    'test -d ${env.|}',
    ['path', 'git', 'vars', 'keepReleases', 'releasePath', 'stage', 'role', 'host'],
  ],
  ['env.git in a hook', '${env.git.branch} ${env.keepReleases}', '${env.git.|} ${env.keepReleases}', ['branch', 'repo', 'commit']],
  ['env.vars in a task', 'smoke ${env.vars.apiUrl}', 'smoke ${env.vars.|}', ['apiUrl', 'port', 'nested', 'features']],
  ['arguments in a sequence', "{ onFailure: 'smoke' }", '{ | }', ['always', 'onFailure']],
]

/** A marked place of a changed fixture, as a file of its own. */
interface Case {
  readonly file: string
  readonly line: number
  readonly position: number
}

/** Only the statement of the fixture that has the place: checking the others again for every word takes time. */
function statement(text: string, from: string): string {
  const parts = text.split(/^(?=export |declare )/m)
  return parts.filter((part) => !part.startsWith('export ') || part.includes(from)).join('')
}

function put(service: Service, file: string, text: string, from: string, to: string): Case {
  const changed = change(text, from, to)
  service.put(file, changed.text.replace('␣', ''))
  return { file, line: changed.line, position: changed.text.indexOf('␣') }
}

describe.each<readonly [Resolution, Seen]>([
  ['bundler', 'source'],
  ['nodenext', 'source'],
  ['nodenext', 'declarations'],
])('a config under %s, with core’s %s', (resolution, seen) => {
  const cases = new Map<string, Case>()
  const folder = seen === 'source' ? join(here, 'fixtures') : '/nowhere/shop'
  const right = join(folder, 'right.ts')
  let service: Service

  beforeAll(() => {
    service = seen === 'source' ? new Service(resolution, seen) : new Service(resolution, seen, published(folder))
    const text = seen === 'source' ? config : config.replace("'./plugins.ts'", "'fixture-plugins'")
    service.put(right, text)
    for (const [index, [what, from, to]] of misspelt.entries())
      cases.set(`misspelt ${what}`, put(service, join(folder, `misspelt${index}.ts`), statement(text, from), from, to))
    for (const [index, [where, from, at]] of offered.entries()) {
      cases.set(`offered ${where}`, put(service, join(folder, `offered${index}.ts`), statement(text, from), from, at.replace('|', '␣')))
    }
  })

  it('compiles when it is right', () => {
    expect(service.errors(right)).toEqual([])
  })

  it.each(misspelt)('fails at %s', (what, _from, _to, word) => {
    const { file, line } = cases.get(`misspelt ${what}`) as Case
    const errors = service.errors(file)
    expect(errors.map((error) => [error.line, error.word])).toContainEqual([line, word])
    // Nothing else is blamed.
    expect(errors.filter((error) => error.line !== line)).toEqual([])
  })

  it.each(offered)('offers the names in %s', (where, _from, _at, names) => {
    const { file, position } = cases.get(`offered ${where}`) as Case
    expect(service.completions(file, position)).toEqual(expect.arrayContaining([...names]))
  })
})

it('a plugin’s declarations name nothing that core does not export', () => {
  const declarations = published('/nowhere/shop').get('/nowhere/shop/node_modules/fixture-plugins/index.d.ts')
  expect(declarations).toContain('import("@dragonfab/core").PluginFactory<"git"')
  expect(declarations?.match(/(import\(|from )["']\.[^"']*/g)).toBeNull()
})

describe.each<Resolution>(['bundler', 'nodenext'])('a plugin under %s', (resolution) => {
  const cases = new Map<string, Case>()
  const right = join(here, 'fixtures/right-plugins.ts')
  let service: Service

  beforeAll(() => {
    service = new Service(resolution, 'source')
    service.put(right, plugins)
    for (const [index, [what, from, to]] of misspeltPlugins.entries()) {
      cases.set(what, put(service, join(here, `fixtures/misspelt-plugins${index}.ts`), plugins, from, to))
    }
    const hook = '${env.git.branch} ${env.releasePath}'
    cases.set('offered', put(service, join(here, 'fixtures/offered-plugins.ts'), plugins, hook, '${env.git.branch} ${env.␣}'))
  })

  it('compiles when it is right', () => {
    expect(service.errors(right)).toEqual([])
  })

  it.each(misspeltPlugins)('fails at %s', (what, _from, _to, word) => {
    const { file, line } = cases.get(what) as Case
    expect(service.errors(file).map((error) => [error.line, error.word])).toContainEqual([line, word])
  })

  it('offers what its needs bring', () => {
    const { file, position } = cases.get('offered') as Case
    expect(service.completions(file, position)).toEqual(expect.arrayContaining(['keepReleases', 'linkedFiles', 'git', 'path']))
  })
})
