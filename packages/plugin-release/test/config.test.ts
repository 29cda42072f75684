import { defineConfig, hide } from '@dragonfab/core'
import { loadProject, selectHosts } from '@dragonfab/plan'
import { expect, it } from 'vitest'
import release from '../src/index.ts'

const config = defineConfig({
  appName: 'shop',
  plugins: [release()],
  environments: {
    production: {
      hosts: ['web1', 'web2'],
      keepReleases: 5,
      linkedFiles: ['config/production.yml', { path: 'log/audio.log', missing: 'link' }],
      linkedDirs: ['media', { path: 'certificates', missing: 'error' }],
      dotenv: { NODE_ENV: 'production', SESSION_KEY: hide('x'), N: 1 },
    },
  },
  hooks: {
    'deploy.updating': ({ env, upload }) => upload('dist', env.releasePath),
    'deploy.published': ({ step, sh }) => step(sh`systemctl restart shop`, { as: 'root' }),
  },
})

it('types and loads a config like the one in the README', () => {
  const [host] = selectHosts(loadProject(config, { directory: '/' }), { environment: 'production' })
  expect(host?.env().linkedFiles).toEqual([
    { path: 'config/production.yml', missing: 'error' },
    { path: 'log/audio.log', missing: 'link' },
  ])
  expect(host?.env().linkedDirs).toEqual([
    { path: 'media', missing: 'create' },
    { path: 'certificates', missing: 'error' },
  ])
})

it('finds the mistakes that the types find also when the config is loaded', () => {
  const wrong = () =>
    loadProject(
      defineConfig({
        appName: 'shop',
        plugins: [release()],
        environments: {
          // @ts-expect-error a misspelt key of an entry
          a: { hosts: 'a', linkedFiles: [{ path: 'x', mising: 'link' }] },
          // @ts-expect-error not a value of missing
          b: { hosts: 'a', linkedFiles: [{ path: 'x', missing: 'never' }] },
          // @ts-expect-error a number is not an entry
          c: { hosts: 'a', linkedDirs: [7] },
          // @ts-expect-error a list is not a value of dotenv
          d: { hosts: 'a', dotenv: { A: ['x'] } },
          // @ts-expect-error not a format
          e: { hosts: 'a', dotenvFormat: 'yaml' },
          f: { hosts: 'a', linkedFiles: 'one.conf' },
        },
      }),
      { directory: '/' },
    )
  expect(wrong).toThrow(/mising[\s\S]*missing should be[\s\S]*linkedDirs[\s\S]*dotenv[\s\S]*dotenvFormat/)
})
