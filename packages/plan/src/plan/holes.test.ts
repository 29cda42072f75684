import { type AnyEnv, definePlugin, hide, isSameSecret, reveal, type Secret, secretText } from '@dragonfab/core'
import { describe, expect, test } from 'vitest'
import { loadProject } from '../project/load-project.ts'
import { selectHosts } from '../project/select-hosts.ts'
import { buildPlan } from './build-plan.ts'

describe('a function for a secret', () => {
  const calls: string[] = []
  const vault = definePlugin({
    name: 'vault',
    options: {
      token: secretText({
        help: 'The token',
        default: ({ host }) => {
          calls.push(String(host))
          return hide(`token of ${host}`)
        },
      }),
      key: secretText({ help: 'The key' }),
      count: secretText({ help: 'Not a secret at all' }),
    },
    tasks: {
      login: { summary: 'Log in', run: ({ env: { vault }, sh }) => [sh`login ${vault.token} ${vault.key ?? ''}`, sh`try ${vault.token}`] },
    },
  })
  const project = loadProject(
    {
      appName: 'shop',
      plugins: [vault({ key: ({ stage }) => `key of ${stage}`, count: (() => 5) as never })],
      environments: { production: { user: 'me', hosts: ['web1', 'web2'] } },
    },
    { directory: '/p' },
  )
  const hosts = selectHosts(project, { environment: 'production' })
  const secretOf = (env: AnyEnv | undefined, name: string) =>
    (env as { readonly vault: Readonly<Record<string, Secret>> }).vault[name] as Secret

  test('is called when a run needs the secret, not while planning', () => {
    const { plan, code } = buildPlan(project, {
      ...{ run: '1', environment: 'production', command: ['login'], hosts, facts: { local: {}, hosts: {} } },
      tasks: [{ task: 'login', args: [], when: 'next' }],
    })
    expect(calls).toEqual([])
    const named = [
      ['DF_S1', 'vault.token'],
      ['DF_S2', 'plugins.vault.key'],
    ]
    expect(plan.secrets.map(({ hole, label }) => [hole, label])).toEqual([...named, ...named])
    const valuesOf = (host: string) => [...(code.secrets.hosts.get(host)?.values() ?? [])].map(reveal)
    expect(valuesOf('web1')).toEqual(['token of web1', 'key of production'])
    expect(valuesOf('web2')).toEqual(['token of web2', 'key of production'])
    expect(calls).toEqual(['web1', 'web2'])
  })

  test('has one hole, whatever facts and overrides its env is made with', () => {
    const facts = { local: {}, hosts: {} }
    const envs = [hosts[0]?.env(), hosts[0]?.env(facts), hosts[0]?.env(facts, { path: () => '/x' })]
    const tokens = envs.map((env) => secretOf(env, 'token'))
    expect(new Set(tokens).size).toBe(3)
    expect(tokens.map(({ interactive }) => interactive)).toEqual([true, true, true])
    expect(tokens.every((each) => isSameSecret(each, tokens[0] as Secret))).toBe(true)
  })

  test('that gives something else fails there', () => {
    expect(() => reveal(secretOf(hosts[0]?.env(), 'count'))).toThrow(
      'plugins.vault.count: the function should return text or a secret, not 5 (production)',
    )
  })
})
