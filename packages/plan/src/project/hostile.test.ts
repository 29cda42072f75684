import { isDragonfabError } from '@dragonfab/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { git } from '../../../core/test/types/fixtures/plugins.ts'
import { loadProject } from './load-project.ts'
import { selectHosts } from './select-hosts.ts'

const listed = [
  "'",
  '"',
  '`x`',
  '$(touch canary)',
  '${HOME}',
  '; rm -rf /',
  '| cat',
  '&& x',
  '> f',
  '\\',
  '\n',
  '\r\n',
  '\t',
  '\0',
  '\u001b[31m',
  '-rf',
  '--upload-pack=x',
  '*',
  '?',
  '~',
  '~root',
  '!',
  '#',
  ' ',
  '  a',
  'a ',
  '',
  '%',
  '%%',
  '%(path)s',
  '%s',
  'ünï',
  '🐉',
  '\u202e',
  '\u0085',
  '../x',
  '.',
  '..',
  '/',
  '//',
  'a/b',
  '{a,b}',
  '[a]',
  '=',
  ':',
  'null',
  'true',
  '5',
  '__proto__',
  'constructor',
  'x'.repeat(5000),
  "'\"'\"'",
  "$'a'",
  '<<EOF',
  '\ud800',
]

const value = fc.oneof(fc.constantFrom(...listed), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))

/** Where a value stands in a config, and where env has it. */
const places: readonly (readonly [name: string, config: (value: unknown) => object, read: (env: never) => unknown])[] = [
  ['path', (path) => ({ path }), ({ path }: { path: string }) => path],
  ['projectName', (projectName) => ({ projectName }), ({ projectName }: { projectName: string }) => projectName],
  ['appName', (appName) => ({ appName }), ({ appName }: { appName: string }) => appName],
  ['sudoUser', (sudoUser) => ({ sudoUser }), ({ sudoUser }: { sudoUser: string }) => sudoUser],
  ['git.branch', (branch) => ({ git: { branch } }), ({ git }: { git: { branch: string } }) => git.branch],
  ['linkedDirs', (entry) => ({ linkedDirs: [entry] }), ({ linkedDirs }: { linkedDirs: string[] }) => linkedDirs[0]],
  ['dotenv', (A) => ({ dotenv: { A } }), ({ dotenv }: { dotenv: { A: string } }) => dotenv.A],
  ['shellEnv', (A) => ({ shellEnv: { A } }), ({ shellEnv }: { shellEnv: { A: string } }) => shellEnv.A],
  ['vars', (x) => ({ vars: { x: { y: [x] } } }), ({ vars }: { vars: { x: { y: string[] } } }) => vars.x.y[0]],
]

describe('hostile values', () => {
  it.each(places)('in %s arrive as they are, or are refused as a usage error', (name, config, read) => {
    let arrived = 0
    fc.assert(
      fc.property(value, (value) => {
        let got: unknown
        try {
          const project = loadProject(
            {
              appName: 'a',
              plugins: [git({ repo: 'r' })],
              environments: { p: { hosts: 'h', ...config(value.replaceAll('%', '%%')) } },
              ...(name === 'vars' ? { vars: { x: {} } } : {}),
            },
            { directory: '/d', user: 'me' },
          )
          got = read(selectHosts(project, { environment: 'p' })[0]?.env() as never)
        } catch (thrown) {
          if (!isDragonfabError(thrown)) throw thrown
          expect(thrown.status).toBe(2)
          expect(thrown.message).not.toContain('\0')
          expect(thrown.message).toContain(`environments.p.${name}`)
          return
        }
        arrived++
        // Only what may end in a slash loses it.
        expect(name === 'path' ? String(got) : got).toBe(name === 'path' ? value.replace(/(?<=[^/])\/+$/, '') : value)
      }),
      { numRuns: 300, examples: listed.map((each) => [each] as [string]) },
    )
    if (name !== 'appName' && name !== 'path') expect(arrived).toBeGreaterThan(50)
  })

  it('as names of anything are refused or are names', () => {
    fc.assert(
      fc.property(value, fc.constantFrom('environments', 'tasks', 'hooks', 'vars', 'dotenv', 'keys'), (name, place) => {
        const what = {
          environments: { hosts: 'h' },
          tasks: { summary: 's', run: () => null },
          hooks: () => null,
          vars: 1,
          dotenv: 'x',
          keys: 1,
        }[place]
        const table = Object.fromEntries([[name, what]])
        const config = place === 'keys' ? table : { [place]: table }
        try {
          const project = loadProject({ plugins: [git()], ...config }, { directory: '/d', user: 'me' })
          if (place === 'environments' && name !== '__all__') expect(Object.keys(project.environments)).toEqual([name])
          if (place === 'tasks') expect(project.tasks[name]?.plugin).toBe('config')
        } catch (thrown) {
          if (!isDragonfabError(thrown)) throw thrown
          expect(thrown.status).toBe(2)
        }
      }),
      {
        numRuns: 1000,
        examples: listed.flatMap((each) =>
          (['environments', 'tasks', 'vars', 'dotenv', 'keys'] as const).map((place) => [each, place] as [string, 'tasks']),
        ),
      },
    )
    expect(({} as Record<string, unknown>).plugin).toBeUndefined()
  })
})
