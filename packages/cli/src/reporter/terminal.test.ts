import { hostTarget, localTarget } from '@dragonfab/core'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { Play } from '../../test/events.ts'
import { FakePipe, FakeTerminal } from '../../test/fake-terminal.ts'
import { TerminalReporter } from './terminal.ts'
import { paintPlain } from './text.ts'

vi.useFakeTimers()
afterAll(() => void vi.useRealTimers())

const many = (amount: number): string[] => Array.from({ length: amount }, (_, index) => `web${index + 1}`)
const playing = (
  hosts: readonly string[],
  options: { columns?: number; rows?: number; verbose?: boolean; quiet?: boolean; answers?: string[]; looks?: string[] } = {},
) => {
  const screen = new FakeTerminal(options.columns ?? 80, options.rows ?? 24)
  const errors = new FakePipe()
  const play = new Play(
    hosts,
    (now) =>
      new TerminalReporter(screen, errors, paintPlain, {
        now,
        quiet: options.quiet ?? false,
        verbose: options.verbose ?? false,
        answeringTasks: new Set(options.answers),
        readOnlyTasks: new Set(options.looks),
      }),
  )
  /** What the screen shows after the next frame. */
  const frame = (): string => {
    vi.advanceTimersByTime(100)
    return screen.text.replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, '⠋')
  }
  return { screen, errors, play, frame }
}

describe('one host', () => {
  test('a line a step, the tail of what runs, the end', async () => {
    const { screen, errors, play, frame } = playing(['web1'])
    play.start()
    play.phase('starting started')
    play.step('make directories', 'release', 100)
    const fetch = play.begin('web1', 'fetch')
    play.now += 2000
    play.say(fetch, 'Counting objects: 10%\rCounting objects: 100%\nReceiving')
    expect(frame()).toBe(
      `production · release · web1 · release 240101-120000
▸ release: starting started
  ✔ release: make directories           web1  0.1s
  ⠋ git: fetch                          web1  2.0s
    Counting objects: 100%
    Receiving`,
    )
    expect(screen.cursorHidden).toBe(true)
    play.finish(fetch, 2000)
    play.phaseEnd('starting started')
    await play.end()
    expect(screen.cursorHidden).toBe(false)
    expect(errors.text).toBe('')
    expect(frame()).toBe(
      `production · release · web1 · release 240101-120000
▸ release: starting started
  ✔ release: make directories           web1  0.1s
  ✔ git: fetch                          web1  2.0s
✔ done  web1 · live: 240101-120000
Done after 3.5s`,
    )
  })
})

describe('many hosts', () => {
  test('one line a step over all of them; a slow one keeps the order', async () => {
    const { screen, play, frame } = playing(many(20))
    play.start()
    play.phase('updating')
    const first = play.hosts.map((host) => play.begin(host, 'fetch'))
    play.now += 1200
    for (const place of first.slice(0, 18)) {
      play.finish(place, 1200)
      const next = play.begin(place.target, 'archive')
      play.now += 10
      if (place === first[0]) play.say(next, 'unpacking\n')
    }
    play.say(first[18] as (typeof first)[0], 'still fetching\n')
    expect(frame()).toBe(
      `production · release · 20 hosts · release 240101-120000
▸ release: updating
  ⠋ git: fetch                          18/20  web19, web20  1.4s
  ⠋ git: archive                        0/18  web1, web2, web3, web4 …  0.2s
    web1 │ unpacking
    web19 │ still fetching`,
    )
    for (const place of first.slice(18)) play.finish(place, 1500)
    expect(frame()).toContain('  ✔ git: fetch                          20 hosts  1.4s\n  ⠋ git: archive')
    play.phaseEnd('updating')
    await play.end()
    expect(screen.text).toContain('✔ done  20 hosts · live: 240101-120000')
    expect(screen.text.split('\n').length).toBeLessThan(10)
  })

  test('fifty hosts fit a small terminal at every moment', async () => {
    const { screen, play, frame } = playing(many(50), { columns: 60, rows: 12 })
    play.start()
    play.phase('updating')
    for (let round = 0; round < 12; round++) {
      const places = play.hosts.map((host) => play.begin(host, `step ${round} with a long title that does not fit into the columns`))
      for (const place of places) play.say(place, 'x'.repeat(500))
      play.now += 100
      const live = frame().split('\n')
      expect(Math.max(...live.map((line) => line.length))).toBeLessThanOrEqual(60)
      // One host stays behind, so that all rows stay open.
      for (const place of places.slice(1)) play.finish(place, 100)
    }
    const drawn = screen.log.at(-1) ?? ''
    expect(drawn.slice(drawn.lastIndexOf('\x1b[J')).split('\n').length).toBeLessThanOrEqual(12)
    await play.end()
  })

  test('a title that differs by the host alone is one row', async () => {
    const { screen, play } = playing(['web1', 'web2', 'web10'])
    play.start()
    play.phase('updating')
    const cut = (host: string): string => `make -C /srv/${host} ${'with a lot of words '.repeat(3)}${host.slice(3)}…`
    const places = play.hosts.flatMap((host) => [
      play.begin(host, `touch web1 ${host} x${host}`, 'config'),
      play.begin(host, cut(host), 'config'),
    ])
    play.now += 100
    for (const place of places) play.finish(place, 100)
    play.phaseEnd('updating')
    await play.end()
    expect(screen.text.match(/✔ touch/g)).toHaveLength(3)
    expect(screen.text.match(/✔ make/g)).toHaveLength(1)
    expect(screen.text).toContain('✔ make -C /srv/<host> with a lot of')
  })

  test('steps of some hosts only, and on this machine', async () => {
    const { screen, play } = playing(['web1', 'web2', 'job1'])
    play.start()
    play.phase('starting')
    const here = play.begin(localTarget, 'build', 'config')
    play.now += 3000
    play.finish(here, 3000)
    play.step('link web', 'release', 100, ['web1', 'web2'])
    play.step('link all', 'release', 100)
    play.phaseEnd('starting')
    await play.end()
    expect(screen.text).toContain('✔ build                               this machine  3.0s')
    expect(screen.text).toContain('✔ release: link web                   web1, web2  0.1s')
    expect(screen.text).toContain('✔ release: link all                   web1, web2, job1  0.1s')
  })
})

describe('failures', () => {
  test('shows the hosts that failed, their last output, and the live releases', async () => {
    const { screen, errors, play } = playing(['web1', 'web2', 'web3'])
    play.start()
    play.phase('publishing published')
    const places = play.hosts.map((host) => play.begin(host, 'restart', 'supervisorctl'))
    play.say(places[2] as (typeof places)[0], 'web: ERROR (spawn error)\n', 'stderr')
    play.now += 500
    play.finish(places[0] as (typeof places)[0], 500)
    play.finish(places[1] as (typeof places)[0], 500, 0)
    play.finish(places[2] as (typeof places)[0], 500, 7)
    play.tell('host:failed', { host: 'web3', problem: { code: 'STEP_FAILED', message: 'it failed', step: 'restart', host: 'web3' } })
    play.phaseEnd('publishing published', false)
    play.phase('publishing', 'release', true)
    play.step('link the previous release', 'release', 100)
    play.phaseEnd('publishing', true, 'release', true)
    const problem = {
      code: 'STEP_FAILED',
      host: 'web3',
      step: 'restart',
      message: '“restart” ended with status 7',
      remedy: 'look at the log',
    }
    await play.end({
      status: 3,
      problems: [problem],
      hosts: [
        { host: 'web1', state: 'undone', live: '231231-000000' },
        { host: 'web2', state: 'undone', live: '231231-000000' },
        { host: 'web3', state: 'notUndone', live: '240101-120000' },
      ],
    })
    expect(screen.text).toBe(
      `production · release · web1, web2, web3 · release 240101-120000
▸ release: publishing published
  ✖ supervisorctl: restart              failed on 1 of 3 hosts: web3  0.5s
↩ undoing release: publishing
  ✔ release: link the previous release  web1, web2, web3  0.1s

↩ undone  web1, web2 · live: 231231-000000
✖ changed and NOT undone  web3 · live: 240101-120000
Failed (exit status 3) after 3.5s`,
    )
    expect(errors.text).toBe(
      `
✖ web3 › restart: “restart” ended with status 7 [STEP_FAILED]
  │ web: ERROR (spawn error)
  → look at the log
`,
    )
  })

  test('prints the same problem of many hosts once', async () => {
    const { errors, play } = playing(['web1', 'web2'])
    play.start()
    const problem = { code: 'HOST_UNREACHABLE', message: 'connection refused' }
    await play.end({
      status: 1,
      problems: [
        { ...problem, host: 'web1' },
        { ...problem, host: 'web2' },
      ],
      hosts: [],
    })
    expect(errors.text).toBe('\n✖ web1, web2: connection refused [HOST_UNREACHABLE]\n')
  })

  test('a warning, and a lock that is waited for', async () => {
    const { screen, play, frame } = playing(['web1'])
    play.start()
    play.tell('lock:waiting', { host: 'web1', holder: 'locked by ann\x1b[2J', untilMs: play.now + 30_000 })
    expect(frame()).toContain('⠋ web1: locked by ann\\x1b[2J · waiting for at most 30s more')
    play.phase('finishing')
    const cleanup = play.begin('web1', 'cleanup', 'release')
    play.finish(cleanup, 100, 1, true)
    play.tell('note', { target: hostTarget('web1'), level: 'warning', message: 'in use' })
    play.phaseEnd('finishing')
    await play.end()
    expect(screen.text).toContain('⚠ release: cleanup                    warning on web1')
    expect(screen.text).toContain('⚠ web1: in use')
  })
})

describe('what a host prints cannot touch the terminal', () => {
  test.each([{ verbose: true }, { answers: ['release'] }, {}])('%o', async (options) => {
    const { screen, errors, play, frame } = playing(['web1'], options)
    play.start()
    play.phase('p')
    const place = play.begin('web1', 'evil\x1b]0;title\x07\ntwo lines')
    play.say(place, '\x1b[2J\x1b[H\x1b[31mred\x1b[0m\x9b5A \u202etxt\x00\x07\n\x1b[?1049h')
    frame()
    play.finish(place, 1, 1)
    play.phaseEnd('p', false)
    await play.end({ status: 1, problems: [{ code: 'X', host: 'web1', step: 'evil', message: 'a\x1b[2Jb' }] })
    const all = screen.log.join('') + errors.text
    // Only what reporters themselves use.
    expect(all.replace(/\x1b\[(\d+A|J|\?25[lh])/g, '')).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]/)
    expect(all).toContain('\\x1b[2J')
  })
})

describe('output', () => {
  test('--verbose shows all of it, with its host', async () => {
    const { screen, play } = playing(['web1', 'web2'], { verbose: true })
    play.start()
    play.phase('p')
    const one = play.begin('web1', 'build')
    const two = play.begin('web2', 'build')
    play.say(one, 'a\nb')
    play.say(two, 'c\n')
    play.say(one, 'b\n')
    play.say(one, 'no newline')
    play.finish(one, 1)
    play.finish(two, 1)
    play.phaseEnd('p')
    await play.end()
    expect(screen.text).toContain('web1 │ a\nweb2 │ c\nweb1 │ bb\nweb1 │ no newline\n  ✔ git: build')
  })

  test('what is asked for is shown, and nothing else', async () => {
    const { screen, play } = playing(['web1'], { answers: ['status'], looks: ['status'] })
    play.start(['status'])
    play.phase('status', 'status')
    const place = play.begin('web1', 'tell what runs', 'release', 'status')
    play.say(place, 'current 240101-120000\n')
    play.finish(place, 10)
    play.phaseEnd('status', true, 'status')
    await play.end()
    expect(screen.text).toBe('current 240101-120000')
  })

  test('--quiet: only what went wrong', async () => {
    const { screen, errors, play } = playing(['web1'], { quiet: true })
    play.start()
    play.phase('p')
    play.step('fetch')
    play.phaseEnd('p')
    await play.end()
    expect(screen.text + errors.text).toBe('')
  })

  test('a host that floods is drawn in few frames, and keeps little in memory', async () => {
    const { screen, play, frame } = playing(['web1'])
    play.start()
    play.phase('p')
    const place = play.begin('web1', 'build')
    for (let index = 0; index < 20_000; index++) play.say(place, `${index} ${'x'.repeat(100)}\n`)
    play.say(place, '\0'.repeat(5_000_000))
    frame()
    expect(screen.log.join('').length).toBeLessThan(20_000)
    play.finish(place, 1)
    await play.end()
  })
})

test('a narrower terminal takes away all of what it wrapped, and nothing above', async () => {
  const { screen, play, frame } = playing(many(3), { columns: 80 })
  play.start()
  play.phase('updating')
  play.step('first step')
  const places = play.hosts.map((host) => play.begin(host, 'a second step with quite a long title'))
  for (const place of places) play.say(place, `${'long output '.repeat(10)}\n`)
  frame()
  for (const columns of [50, 33, 100, 41]) {
    screen.resize(columns)
    play.now += 100
    const text = frame()
    expect(text.match(/first step/g)).toHaveLength(1)
    expect(text.match(/second step/g)).toHaveLength(1)
  }
  for (const place of places) play.finish(place, 100)
  play.phaseEnd('updating')
  await play.end()
  expect(screen.text.match(/second step/g)).toHaveLength(1)
  expect(screen.text).not.toContain('⠋')
})
