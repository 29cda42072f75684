import { defineConfig, hide } from '@dragonfab/core'
import { buildPlan, loadProject, type Segment, selectHosts } from '@dragonfab/plan'
import { describe, expect, test } from 'vitest'
import { git } from './plugin.ts'

const commit = '0123456789abcdef0123456789abcdef01234567'
const facts = {
  local: { release: '250101-000000' },
  hosts: { web1: { 'git.commit': commit, 'git.ref': 'refs/heads/main', 'git.source': 'git@git.example.org:shop.git' } },
}

function project(
  set: Readonly<Record<string, string>> = {},
  options: Parameters<typeof git>[0] = { repo: 'git@git.example.org:shop.git' },
) {
  const config = defineConfig({
    appName: 'shop',
    plugins: [git(options)],
    environments: { production: { hosts: ['web1'], path: '/srv/shop' } },
  })
  const loaded = loadProject(config, { directory: '/project' })
  return { loaded, hosts: selectHosts(loaded, { environment: 'production', set, loginUser: () => 'deploy' }) }
}

function phases(task: string, ...args: Parameters<typeof project>) {
  const { loaded, hosts } = project(...args)
  const request = { run: 'r', environment: 'production', command: [task], tasks: [{ task, args: [], when: 'next' as const }], hosts, facts }
  return buildPlan(loaded, request).plan.tasks[0]?.phases ?? []
}

const steps = (segments: readonly Segment[] = []) =>
  segments
    .flatMap((each) => (each.kind === 'local' ? [each.part] : (each.parts.web1 ?? [])))
    .flatMap((part) => part.steps.filter(({ plugin }) => plugin === 'git').map(({ signal, title }) => `${part.kind} ${signal}: ${title}`))

test('accepts the variable names of the original tools', () => {
  const set = {
    repo: '/srv/git/shop.git',
    branch: 'next',
    git_shallow_clone: '0',
    revision_file: 'VERSION',
    repo_path: '/srv/mirror',
    git_archive_tree: 'web',
    repo_head_path: '/srv/mirror/HEAD',
  }
  const [host] = project(set).hosts
  expect(host?.env(facts).git).toMatchObject({
    repo: '/srv/git/shop.git',
    branch: 'next',
    shallowClone: 0,
    revisionFile: 'VERSION',
    repoPath: '/srv/mirror',
    archiveTree: 'web',
    repoHeadPath: '/srv/mirror/HEAD',
  })
  const [plain] = project().hosts
  expect(plain?.env(facts).git).toMatchObject({
    repoPath: '/srv/shop/repo',
    repoHeadPath: '/srv/shop/repo/HEAD',
    shallowClone: 1,
    revisionFile: 'REVISION',
  })
})

describe('the password', () => {
  const lookups: string[] = []
  const password = hide(() => {
    lookups.push('password')
    return 'canary'
  }, 'git.password')
  const options = { repo: 'https://git.example.org/shop.git', password }

  test.each(['release', 'check', 'status', 'history', 'git.head', 'git.delta'])('is not looked up while %s is planned', (task) => {
    phases(task, {}, options)
    phases(task, {}, { ...options, strategy: 'upload' })
    expect(lookups).toEqual([])
  })

  test('is in no script of check if a person must type it', () => {
    const secretsOf = (interactive: boolean) => {
      const { loaded, hosts } = project({}, { ...options, password: hide(() => 'canary', 'git.password', { interactive }) })
      const tasks = [{ task: 'check', args: [], when: 'next' as const }]
      const { plan } = buildPlan(loaded, { run: 'r', environment: 'production', command: ['check'], tasks, hosts, facts })
      return plan.secrets.map(({ label }) => label)
    }
    expect([secretsOf(false), secretsOf(true)]).toEqual([['git.password'], []])
  })
})

describe('the plan', () => {
  test('of a release by mirror has only shell steps, in one script per phase', () => {
    const [updatePhase, , finishPhase] = phases('release')
    expect(updatePhase?.segments).toHaveLength(1)
    expect(steps(updatePhase?.segments)).toEqual([
      'script deploy.started: make the mirror',
      'script deploy.updating: ship main 0123456789',
      'script deploy.updating: write REVISION',
    ])
    expect(steps(finishPhase?.segments)).toEqual(['script deploy.finishing: tidy the mirror'])
    expect(updatePhase?.signals).toContain('git.building')
  })

  test('of a release by upload packs on this machine before the hosts begin, then sends', () => {
    const [updatePhase, , finishPhase] = phases('release', {}, { repo: 'git@git.example.org:shop.git', strategy: 'upload' })
    expect(updatePhase?.segments.map(({ kind }) => kind)).toEqual(['local', 'hosts'])
    expect(steps(updatePhase?.segments)).toEqual([
      'code deploy.starting: pack main 0123456789',
      'code deploy.updating: send main 0123456789',
      'script deploy.updating: write REVISION',
    ])
    expect(steps(finishPhase?.segments)).toEqual([])
  })

  test('of a folder relative to the config is an upload to other machines', () => {
    const kinds = (options: Parameters<typeof git>[0]) => phases('release', {}, options)[0]?.segments.map(({ kind }) => kind)
    expect(kinds({ repo: '.' })).toEqual(['local', 'hosts'])
    expect(kinds({ repo: '.', strategy: 'mirror' })).toEqual(['hosts'])
  })
})
