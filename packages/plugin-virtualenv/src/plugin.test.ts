import { type AnyPlugin, type Config, defineConfig } from '@dragonfab/core'
import { buildPlan, loadProject, selectHosts } from '@dragonfab/plan'
import { describe, expect, test } from 'vitest'
import { virtualenv, virtualenvwrapper } from './plugin.ts'
import { virtualenvtools } from './virtualenvtools.ts'

const facts = { local: { release: '250101-000000' }, hosts: {} }
const release = '/srv/shop/releases/250101-000000'

function planRelease(plugin: AnyPlugin, environment: object = { hosts: ['web1'] }, set: Readonly<Record<string, string>> = {}) {
  const config = { appName: 'shop', plugins: [plugin], environments: { production: { path: '/srv/shop', ...environment } } }
  const project = loadProject(defineConfig(config as never) as unknown as Config, { directory: '/project' })
  const hosts = selectHosts(project, { environment: 'production', set, loginUser: () => 'deploy' })
  const request = {
    run: 'r',
    environment: 'production',
    command: ['release'],
    tasks: [{ task: 'release', args: [], when: 'next' as const }],
    hosts,
    facts,
  }
  const plan = () => buildPlan(project, request).plan
  const script = () => {
    const parts = plan().tasks.flatMap(({ phases }) =>
      phases.flatMap(({ segments }) => segments.flatMap((each) => (each.kind === 'hosts' ? Object.values(each.parts).flat() : []))),
    )
    return parts.map((part) => (part.kind === 'script' ? part.text : '')).join('\n')
  }
  return { hosts, plan, script }
}

test('adds the venv to programPaths if its path is known without a release', () => {
  const pathsOf = (plugin: AnyPlugin) => planRelease(plugin).hosts[0]?.env({ local: {}, hosts: {} }).programPaths
  expect(pathsOf(virtualenv({ venvPath: '%(sharedPath)s/python' }))).toEqual(['/srv/shop/shared/python/bin'])
  expect(pathsOf(virtualenv())).toEqual([])
  expect(pathsOf(virtualenvwrapper({ home: '/srv/venvs' }))).toEqual(['/srv/venvs/shop/bin'])
})

test('accepts the variable names of the original tools', () => {
  const { hosts } = planRelease(virtualenv(), undefined, {
    virtualenv_executive: '/usr/bin/virtualenv',
    virtualenv_requirements: 'deps.txt',
    virtualenv_pip_upgrade: 'false',
    virtualenv_venv_path: '/srv/venv',
    virtualenv_activate: 'source /srv/venv/bin/activate',
  })
  expect(hosts[0]?.env(facts).virtualenv).toMatchObject({
    executive: '/usr/bin/virtualenv',
    requirements: 'deps.txt',
    pipUpgrade: false,
    venvPath: '/srv/venv',
    activate: 'source /srv/venv/bin/activate',
  })
  const wrapper = planRelease(virtualenvwrapper(), { hosts: ['web1'], sudoUser: 'www' }).hosts[0]?.env(facts).virtualenvwrapper
  expect(wrapper).toMatchObject({ home: '/home/www/.virtualenvs', project: '/home/www/.virtualenvs/shop' })
  const tools = planRelease(virtualenvtools(), undefined, { virtualenvtools_strategy: 'reinitialize' }).hosts[0]?.env(facts).virtualenvtools
  expect(tools).toMatchObject({ strategy: 'reinitialize', executable: 'virtualenv-tools', venvPath: `${release}/venv` })
})

describe('where the venv is', () => {
  test.each([
    ['%(releasePath)s/venv', `${release}/venv`, undefined],
    ['%(releasePath)s/env/py/', `${release}/env/py`, undefined],
    ['%(currentPath)s/venv', `${release}/venv`, undefined],
    ['//srv/venvs/shop', `${release}/venv`, '/srv/venvs/shop'],
    ['%(sharedPath)s/venv', `${release}/venv`, '/srv/shop/shared/venv'],
  ])('%s', (venvPath, releaseVenv, externalLink) => {
    const script = planRelease(virtualenv({ venvPath, activate: `source ${venvPath}/bin/activate` })).script()
    expect(script).toContain(`release_venv=${releaseVenv} `)
    if (externalLink === undefined) expect(script).not.toContain('ours /')
    else expect(script).toContain(`ours ${externalLink}\n`)
    // The venv's own activate script is not read separately.
    expect(script).not.toContain('set +eu')
  })

  test.each(['venv', '%(releasesPath)s/other/venv', '%(releasePath)s', '%(currentPath)s', '/srv/../venv'])('%s is refused', (venvPath) => {
    expect(planRelease(virtualenv({ venvPath })).plan).toThrow('virtualenv.venvPath')
  })
})

test('refuses options that contradict each other', () => {
  expect(planRelease(virtualenv({ index: false })).plan).toThrow('virtualenv.wheelhouse is not set')
  expect(planRelease(virtualenv({ index: false, wheelhouse: 'w', indexUrl: 'https://pypi.example.org' })).plan).toThrow('indexUrl is set')
})

test('two roles of one target share a venv, or must give theirs different paths', () => {
  const roles = (web: object, worker: object) => ({
    hosts: undefined,
    roles: { web: { hosts: ['web1'], ...web }, worker: { hosts: ['web1'], ...worker } },
  })
  const requirements = (file: string, more = {}) => ({ virtualenv: { requirements: `%(releasePath)s/${file}`, ...more } })
  const same = planRelease(virtualenv(), roles({}, {}))
  expect(same.script().match(/ release_venv=/g)?.length).toBe(1)
  const other = planRelease(virtualenv(), roles(requirements('web.txt'), requirements('worker.txt')))
  expect(other.plan).toThrow(/role web and role worker would write different text to .*\/venv on web1/)
  const apart = { venvPath: '%(releasePath)s/venv-%(role)s' }
  expect(planRelease(virtualenv(), roles(requirements('web.txt', apart), requirements('worker.txt', apart))).plan).not.toThrow()
})
