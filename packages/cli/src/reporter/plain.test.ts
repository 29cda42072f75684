import { afterAll, describe, expect, test, vi } from 'vitest'
import { Play } from '../../test/events.ts'
import { FakePipe } from '../../test/fake-terminal.ts'
import { PlainReporter } from './plain.ts'
import { paintPlain } from './text.ts'

vi.useFakeTimers()
afterAll(() => void vi.useRealTimers())

const playing = (
  hosts: readonly string[],
  options: { verbose?: boolean; quiet?: boolean; answers?: string[]; looks?: string[]; onlyAnswers?: boolean } = {},
) => {
  const out = new FakePipe()
  const err = new FakePipe()
  const play = new Play(
    hosts,
    (now) =>
      new PlainReporter(out, err, paintPlain, {
        now,
        quiet: options.quiet ?? false,
        verbose: options.verbose ?? false,
        answeringTasks: new Set(options.answers),
        readOnlyTasks: new Set(options.looks),
        onlyAnswers: options.onlyAnswers ?? false,
      }),
  )
  return { out, err, play }
}

test('a line for each step of each host', async () => {
  const { out, err, play } = playing(['web1', 'web10'])
  play.start()
  play.phase('updating')
  play.step('fetch')
  play.phaseEnd('updating')
  await play.end()
  expect(out.text).toBe(`production · release · web1, web10 · release 240101-120000
▸ release: updating
web1  │ ✔ git: fetch  1.2s
web10 │ ✔ git: fetch  1.2s
✔ done  web1, web10 · live: 240101-120000
Done after 3.5s
`)
  expect(err.text).toBe('')
})

test('failures: the step, and at the end all problems and who runs what, on stderr', async () => {
  const { out, err, play } = playing(['web1', 'web2'])
  play.start()
  play.phase('updating')
  const place = play.begin('web2', 'install', 'virtualenv')
  play.say(place, 'no matching\n', 'stderr')
  play.finish(place, 3000, 1)
  play.tell('host:failed', { host: 'web1', problem: { code: 'CONNECTION_LOST', host: 'web1', message: 'the connection was lost' } })
  await play.end({
    status: 1,
    problems: [
      { code: 'STEP_FAILED', host: 'web2', step: 'install', message: 'it failed' },
      { code: 'CONNECTION_LOST', host: 'web1', message: 'the connection was lost' },
    ],
    hosts: [
      { host: 'web1', state: 'untouched' },
      { host: 'web2', state: 'untouched' },
    ],
  })
  expect(out.text).toContain('web2 │ ✖ virtualenv: install  status 1  3.0s\nweb1 │ ✖ the connection was lost\n')
  expect(err.text).toBe(`✖ web2 › install: it failed [STEP_FAILED]
  │ no matching
✖ web1: the connection was lost [CONNECTION_LOST]
· not changed  web1, web2
Failed (exit status 1) after 3.5s
`)
})

test('--verbose: starts, all output with its host, control characters written out', async () => {
  const { out, play } = playing(['web1'], { verbose: true })
  play.start()
  play.phase('p')
  const place = play.begin('web1', 'build')
  play.say(place, 'one\r\ntwo \x1b[31mred\x1b[0m \x1b]0;x\x07\n')
  play.say(place, 'open', 'stderr')
  play.finish(place, 100)
  await play.end()
  expect(out.text).toContain(
    'web1 │ ▸ git: build\nweb1 │   one\nweb1 │   two red \\x1b]0;x\\x07\nweb1 │   open\nweb1 │ ✔ git: build  0.1s\n',
  )
})

test('reports once that it waits for a lock', async () => {
  const { out, play } = playing(['web1'])
  play.start()
  for (let round = 0; round < 3; round++)
    play.tell('lock:waiting', { host: 'web1', holder: `locked by ann, since ${round} s`, untilMs: play.now + 30_000 })
  await play.end()
  expect(out.text.match(/waiting/g)).toHaveLength(1)
})

test('a step that takes long says so', async () => {
  const { out, play } = playing(['web1'])
  play.start()
  play.phase('p')
  play.begin('web1', 'build')
  vi.advanceTimersByTime(29_000)
  expect(out.text).not.toContain('so far')
  vi.advanceTimersByTime(2_000)
  expect(out.text).toContain('web1 │ … git: build  30.0s so far')
  await play.end()
})

describe('answers', () => {
  const answer = { answers: ['once'], onlyAnswers: true }

  test('of one host: byte for byte on stdout, everything else on stderr', async () => {
    const { out, err, play } = playing(['web1'], answer)
    play.start(['once'])
    play.phase('once', 'once')
    const place = play.begin('web1', 'pg_dump', 'release', 'once')
    play.say(place, 'a\r\nb\x1b[1m')
    play.say(place, '\x00c')
    play.say(place, 'warning\n', 'stderr')
    play.finish(place, 100)
    await play.end()
    expect(out.text).toBe('a\r\nb\x1b[1m\x00c')
    expect(err.text).toBe('warning\nweb1 │ ✔ release: pg_dump  0.1s\n')
  })

  test('of several: with their hosts', async () => {
    const { out, play } = playing(['web1', 'web2'], answer)
    play.start(['once'])
    play.phase('once', 'once')
    for (const host of play.hosts) {
      const place = play.begin(host, 'uptime', 'release', 'once')
      play.say(place, 'up 3 days')
      play.finish(place, 100)
    }
    await play.end()
    expect(out.text).toBe('web1 │   up 3 days\nweb2 │   up 3 days\n')
  })

  test('of a task that only looks: nothing but the answer', async () => {
    const { out, err, play } = playing(['web1'], { answers: ['status'], looks: ['status'], onlyAnswers: true })
    play.start(['status'])
    play.phase('status', 'status')
    const place = play.begin('web1', 'tell', 'release', 'status')
    play.say(place, 'current 1\n')
    play.finish(place, 100)
    await play.end()
    expect(out.text).toBe('current 1\n')
    expect(err.text).toBe('')
  })
})

test('--quiet says nothing of a good end', async () => {
  const { out, err, play } = playing(['web1'], { quiet: true })
  play.start()
  play.phase('p')
  play.step('fetch')
  await play.end()
  expect(out.text + err.text).toBe('')
})

test('what a step shows is shown without --verbose, but not with --quiet', async () => {
  for (const [quiet, wanted] of [
    [false, 'web1 │   installed\nweb1 │   no newline\n'],
    [true, ''],
  ] as const) {
    const { out, play } = playing(['web1'], { quiet })
    play.start()
    play.phase('updating')
    const place = { ...play.begin('web1', 'install', 'curl'), showOutput: true as const }
    play.say(place, 'installed\nno newline')
    play.finish(place, 100, 0)
    play.phaseEnd('updating')
    await play.end()
    expect(
      out.text
        .split('\n')
        .filter((line) => /install(ed)?$|newline/.test(line))
        .join('\n'),
    ).toBe(wanted.trimEnd())
  }
})
