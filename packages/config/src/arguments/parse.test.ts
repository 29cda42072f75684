import { isDragonfabError } from '@dragonfab/core'
import { formatTaskCall } from '@dragonfab/plan'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CommandLine, Vocabulary } from './invocation.ts'
import { parseCommandLine } from './parse.ts'

const vocabulary: Vocabulary = {
  environments: ['local', 'lxc', 'staging', 'production'],
  tasks: new Map([
    ['deploy', []],
    ['release', []],
    ['rollback', ['id?']],
    ['deb.build', []],
    ['deb.deploy', []],
    ['web_mode', ['mode']],
    ['copy', ['from', 'to?']],
    ['once', ['command']],
  ]),
  variables: [
    { name: 'git.branch', kind: 'text', aliases: ['branch'] },
    { name: 'curl.url', kind: 'text', aliases: ['curl_url'] },
    { name: 'supervisorctl.refresh', kind: 'flag', aliases: ['supervisor_refresh'] },
    { name: 'keepReleases', kind: 'whole' },
    { name: 'linkedFiles', kind: 'list' },
    { name: 'dotenv', kind: 'table' },
    { name: 'vars.apiUrl', kind: 'text' },
    { name: 'vars.branch', kind: 'text' },
    { name: 'forceNew', kind: 'flag' },
  ],
}

const run = (line: string | readonly string[]): CommandLine =>
  parseCommandLine(typeof line === 'string' ? line.split(' ').filter(Boolean) : line, vocabulary)
const wrong = (line: string | readonly string[]): string => {
  try {
    run(line)
  } catch (error) {
    if (isDragonfabError(error) && error.status === 2) return error.message
    throw error
  }
  throw new Error(`‘${line}’ was accepted`)
}
const set = (line: string): Record<string, string> => Object.fromEntries(run(line).overrides.map((each) => [each.name, each.value]))

describe('the two orders', () => {
  test('fab: the environment, then its tasks', () => {
    expect(run('lxc:force_new deb.build deb.deploy')).toMatchObject({
      environments: ['lxc'],
      overrides: [{ name: 'forceNew', value: 'true' }],
      tasks: [{ name: 'deb.build' }, { name: 'deb.deploy' }],
    })
  })

  test('fapistrano: the task, then -s and -r', () => {
    expect(run('release -s production -r web')).toMatchObject({
      environments: ['production'],
      tasks: [{ name: 'release' }],
      roles: ['web'],
    })
    expect(run('release --stage=production --role web,worker --role db').roles).toEqual(['web', 'worker', 'db'])
    expect(run('release -sproduction -rweb')).toMatchObject({ environments: ['production'], roles: ['web'] })
  })

  test('both give the same', () => {
    expect(run('production rollback:240101-000000 --dry-run')).toEqual(run('rollback:240101-000000 --stage production -n'))
  })

  test('the first word is the environment, even when a task has its name', () => {
    const both: Vocabulary = { ...vocabulary, environments: ['deploy'] }
    expect(parseCommandLine(['deploy', 'deploy'], both)).toMatchObject({ environments: ['deploy'], tasks: [{ name: 'deploy' }] })
  })

  test('arguments of the environment are variables', () => {
    expect(set('production:git.branch=next,force_new=no deploy')).toEqual({ 'git.branch': 'next', forceNew: 'no' })
    expect(set('deploy -s lxc:force_new')).toEqual({ forceNew: 'true' })
    expect(wrong('lxc:force_nwe deploy')).toContain('did you mean "force_new"')
  })

  test('commands need no environment', () => {
    expect(run('list --json')).toMatchObject({ command: 'list', options: { json: true } })
    expect(run('apply plan.json --yes')).toMatchObject({ command: 'apply', operands: ['plan.json'] })
    expect(run('new dir')).toMatchObject({ command: 'new', operands: ['dir'] })
  })
})

describe('arguments', () => {
  test('by position, by name, as a flag, after --', () => {
    expect(run('local web_mode:maintenance').tasks[0]?.args).toEqual({ mode: 'maintenance' })
    expect(run('local copy:to=b,a').tasks[0]?.args).toEqual({ to: 'b', from: 'a' })
    expect(run('local copy:a,b=c').tasks[0]?.args).toEqual({ from: 'a', to: 'b=c' })
    expect(run(['local', 'once', '--command', 'ls -l']).tasks[0]?.args).toEqual({ command: 'ls -l' })
    expect(run(['local', 'once', '--', 'cd x && y']).tasks[0]?.args).toEqual({ command: 'cd x && y' })
    expect(run(['local', 'once', '-v', '--', 'printf', '%s', 'a b', '--dry-run']).tasks[0]?.args).toEqual({
      command: "printf %s 'a b' --dry-run",
    })
  })

  test('commas and colons within', () => {
    expect(run('local copy:a\\,b,http://c:80').tasks[0]?.args).toEqual({ from: 'a,b', to: 'http://c:80' })
    expect(run('local rollback').tasks[0]?.args).toEqual({})
  })

  test('a flow that needs no environment runs in the one that is this machine', () => {
    const prepared = { ...vocabulary, tasks: new Map([['prepare', []]]), withoutEnvironment: new Set(['prepare']) }
    expect(parseCommandLine(['prepare'], { ...prepared, localEnvironment: 'local' })).toMatchObject({
      environments: ['local'],
      tasks: [{ name: 'prepare' }],
    })
    expect(() => parseCommandLine(['prepare'], prepared)).toThrow('no environment contains only this machine')
  })

  test('too many, too few, twice', () => {
    expect(wrong('local web_mode')).toContain('web_mode needs ‘mode’')
    expect(wrong('local release:x')).toContain('release takes no arguments')
    expect(wrong('local copy:from=a,from=b')).toContain('given twice')
    expect(wrong(['local', 'release', '--', 'ls'])).toContain('takes no words after --')
    expect(wrong('local release --command x')).toContain('none of the tasks')
  })
})

describe('variables', () => {
  test('each is a flag, in every spelling', () => {
    for (const flag of ['--git-branch', '--git.branch', '--git_branch', '--gitBranch'])
      expect(set(`local deploy ${flag} next`)).toEqual({ 'git.branch': 'next' })
    expect(set('local deploy --curl-url=http://x?a=b')).toEqual({ 'curl.url': 'http://x?a=b' })
    expect(set('local deploy --keep_releases 3')).toEqual({ keepReleases: '3' })
    expect(set('local deploy --api-url http://x')).toEqual({ 'vars.apiUrl': 'http://x' })
  })

  test('an alias wins over the short form of vars', () => {
    expect(set('local deploy --branch next --vars-branch other')).toEqual({ 'git.branch': 'next', 'vars.branch': 'other' })
  })

  test('switches', () => {
    expect(set('local deploy --supervisor-refresh=true')).toEqual({ 'supervisorctl.refresh': 'true' })
    expect(set('local deploy --supervisor-refresh')).toEqual({ 'supervisorctl.refresh': 'true' })
    expect(set('local --supervisor-refresh false deploy')).toEqual({ 'supervisorctl.refresh': 'false' })
    expect(set('local deploy --no-supervisorctl-refresh')).toEqual({ 'supervisorctl.refresh': 'false' })
  })

  test('lists grow, others are replaced; tables take entries', () => {
    expect(set('local deploy --linked-files a --set linkedFiles=b')).toEqual({ linkedFiles: '["a","b"]' })
    expect(set('local deploy --linked-files a,b --linked-files ["c,d"]')).toEqual({ linkedFiles: '["a","b","c,d"]' })
    expect(set('local deploy --linked-files a,b')).toEqual({ linkedFiles: 'a,b' })
    expect(set('local deploy --git-branch a --set git.branch=b')).toEqual({ 'git.branch': 'b' })
    expect(set('local deploy --set dotenv.PORT=80')).toEqual({ 'dotenv.PORT': '80' })
    expect(set('local deploy --set vars.apiUrl=')).toEqual({ 'vars.apiUrl': '' })
  })

  test('a value that does not fit stays as it is, for the check that names it', () => {
    expect(set('local deploy --keep-releases many')).toEqual({ keepReleases: 'many' })
  })
})

describe('flags', () => {
  test('all of them', () => {
    const line =
      'local deploy --parallel 5 --lock-wait 1m30s --no-plugins git,curl -vy --reason because --plan-out p.json --ask-sudo-password -d x.yml --host web1 --json'
    expect(run(line)).toMatchObject({
      hosts: ['web1'],
      options: {
        parallel: 5,
        lockWaitMs: 90_000,
        noPlugins: ['git', 'curl'],
        verbose: true,
        yes: true,
        reason: 'because',
        planOut: 'p.json',
        askSudoPassword: true,
        config: 'x.yml',
        json: true,
        quiet: false,
      },
    })
    expect(run('local deploy --dry-run=false --verbose --no-verbose').options).toMatchObject({ dryRun: false, verbose: false })
  })

  test('reports all mistakes at once, with the nearest name', () => {
    const message = wrong('prodution reelase --git-brnch x --set curl.ulr=y --parallel 0 --lock-wait soon --role')
    expect(message).toContain('there is no environment ‘prodution’')
    expect(message).toContain('did you mean "production"?')
    expect(message).toContain('did you mean "release"?')
    expect(message).toContain('did you mean "--git-branch"?')
    expect(message).toContain('did you mean "curl_url"?')
    expect(message).toContain('--parallel must be a whole number')
    expect(message).toContain('--lock-wait must be a time')
    expect(message).toContain('--role needs a value')
  })

  test('the value of an unknown flag is not taken for a task', () => {
    expect(wrong('local deploy --gti-branch next')).not.toContain('task')
    expect(wrong('local --gti-branch deploy')).toContain('--gti-branch')
  })

  test('a task where the environment should stand', () => {
    expect(wrong('release')).toContain('‘release’ is a task: write dragonfab <environment> release')
    expect(wrong('production')).toContain('no task given for production')
    expect(wrong('')).toContain('no environment given')
    expect(wrong('-s production')).toContain('no task given for production')
    expect(wrong('release -s production -s local')).toContain('one environment at a time')
  })

  test('a flag never swallows the next flag', () => {
    expect(wrong('local deploy --git-branch --dry-run')).toContain('--git-branch needs a value')
    expect(wrong('local deploy --toString x')).toContain('there is no flag or variable --toString')
    expect(wrong('local deploy --dry-run=constructor')).toContain('takes true or false')
  })
})

describe('properties', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 })
  const call = fc.oneof(
    fc.constant({ task: 'deploy', args: [] as string[] }),
    text.map((id) => ({ task: 'rollback', args: [id] })),
    fc.tuple(text, text).map((args) => ({ task: 'copy', args })),
  )
  const flagged = fc.constantFrom<string[]>(
    ['--dry-run'],
    ['--git-branch', 'x'],
    ['-r', 'web'],
    ['--set', 'dotenv.A=1'],
    ['--keep-releases=3'],
    ['--lock-wait', '5s'],
  )

  test('accepts flags at any position, with the same result', () => {
    fc.assert(
      fc.property(
        fc.array(call, { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(flagged, fc.nat(5)), { maxLength: 4 }),
        (calls, flags) => {
          // An argument that begins with the name of one and `=` would be taken as named.
          fc.pre(calls.every(({ args }) => args.every((arg) => !/^(id|from|to)=/.test(arg))))
          const words = calls.map(formatTaskCall)
          const expected = run(['production', ...words, ...flags.flatMap(([flag]) => flag)])
          expect(expected.tasks.map((each) => Object.values(each.args))).toEqual(calls.map((each) => each.args))
          const pieces = ['production', ...words].map((word) => [word])
          const mixed = flags.reduce((line, [flag, at], index) => line.toSpliced(Math.min(at + index, line.length), 0, flag), pieces).flat()
          // Flags that repeat are told in their order, so compare those that do not depend on it.
          expect({ ...run(mixed), overrides: [], options: [] }).toEqual({ ...expected, overrides: [], options: [] })
          expect(run([...words, '-s', 'production', ...flags.flatMap(([flag]) => flag)])).toEqual(expected)
        },
      ),
    )
  })

  test('any line is understood or refused with status 2, never more', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'local',
        'deploy',
        '--',
        '-',
        '--set',
        '-s',
        '--=',
        '--no-',
        '-r',
        '--__proto__',
        'copy:',
        ':',
        '--set=a.b.c=1',
        'list',
        '--json',
      ),
      fc.string(),
      fc.string().map((each) => `--${each}`),
      fc.string().map((each) => `-${each}`),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (line) => {
        try {
          const invocation = run(line)
          if (!invocation.command && !invocation.options.help && !invocation.options.version) {
            expect(vocabulary.environments).toContain(invocation.environments[0])
            for (const task of invocation.tasks) expect([...vocabulary.tasks.keys()]).toContain(task.name)
          }
        } catch (error) {
          expect(isDragonfabError(error) && error.status).toBe(2)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
