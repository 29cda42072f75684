import { isDragonfabError } from '@dragonfab/core'
import { buildPlan, loadProject, selectHosts, type TaskInvocation } from '@dragonfab/plan'
import { describe, expect, test } from 'vitest'
import { parseCommandLine } from './parse.ts'
import { buildVocabulary, resolveInvocations } from './vocabulary.ts'

type Seen = readonly Readonly<Record<string, string | undefined>>[]

/** What `mode` gets where a text names it: in the project's sequence, as its hook, after a failure of `begin`, or on the command line. */
function readArguments(place: 'commandLine' | 'sequence' | 'hook' | 'afterFailure', text: string): Seen {
  const seen: Readonly<Record<string, string | undefined>>[] = []
  const project = loadProject(
    {
      appName: 'shop',
      environments: { live: { hosts: ['web1'], ...(place === 'sequence' && { sequence: [text] }) } },
      hooks: place === 'hook' ? { check: text } : {},
      tasks: {
        mode: { summary: 'x', args: ['mode', 'when?'], run: ({ args }: { args: Seen[number] }) => void seen.push(args) },
        begin: { summary: 'x', afterFailure: () => text, run: () => null },
      },
    },
    { directory: '/shop', file: undefined, user: 'me' },
  )
  const vocabulary = buildVocabulary(project)
  const words = { commandLine: text, sequence: 'deploy', hook: 'check', afterFailure: 'begin' }[place]
  const tasks: readonly TaskInvocation[] = resolveInvocations(
    parseCommandLine(['live', words], vocabulary).tasks,
    'live',
    project,
    vocabulary,
  )
  const hosts = selectHosts(project, { environment: 'live' })
  buildPlan(project, { run: 'r', environment: 'live', command: [words], tasks, hosts, facts: { local: {}, hosts: {} } })
  return seen
}

describe.each(['commandLine', 'sequence', 'hook', 'afterFailure'] as const)('a task that is named in %s', (place) => {
  test.each([
    ['mode:live', { mode: 'live' }],
    ['mode:mode=live', { mode: 'live' }],
    ['mode:when=now,live', { mode: 'live', when: 'now' }],
    ['mode:other=live', { mode: 'other=live' }],
    ['mode:a\\,b', { mode: 'a,b' }],
    ['mode:a\\\\,b', { mode: 'a\\', when: 'b' }],
    ['mode:', { mode: '' }],
    ['mode:mode=mode=live', { mode: 'mode=live' }],
  ])('%s', (text, args) => expect(readArguments(place, text)).toEqual([args]))

  test.each([
    ['mode', 'mode needs ‘mode’'],
    ['mode:when=now', 'mode needs ‘mode’'],
    ['mode:a,b,c', 'mode takes mode,when?, so ‘c’ is one too many'],
    ['mode:a,mode=b', 'mode: ‘mode’ is given twice'],
  ])('%s is refused', (text, message) => {
    let problems: unknown
    try {
      readArguments(place, text)
    } catch (error) {
      problems = isDragonfabError(error) ? error.problems : error
    }
    expect(problems).toEqual([expect.objectContaining({ code: 'BAD_ARGUMENTS', message: expect.stringContaining(message) })])
  })
})
