import { describe, expect, test } from 'vitest'
import { Play } from '../../test/events.ts'
import { FakePipe, FakeTerminal } from '../../test/fake-terminal.ts'
import { chooseReporter } from './choose.ts'
import { wantsColour } from './text.ts'

const options = {
  quiet: false,
  verbose: false,
  answeringTasks: new Set<string>(),
  readOnlyTasks: new Set<string>(),
  json: false,
  onlyAnswers: false,
}

describe('which one', () => {
  test.each([
    [true, {}, 'TerminalReporter'],
    [false, {}, 'PlainReporter'],
    [true, { CI: 'true' }, 'PlainReporter'],
    [true, { CI: 'false' }, 'TerminalReporter'],
    [true, { TERM: 'dumb' }, 'PlainReporter'],
  ])('terminal %s, %o: %s', async (terminal, environment, expected) => {
    const out = terminal ? new FakeTerminal() : new FakePipe()
    const reporter = chooseReporter({ out, err: out, environment }, { ...options, now: Date.now })
    expect(reporter.constructor.name).toBe(expected)
    await reporter.end()
  })

  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    [true, { TERM: 'dumb' }, false],
  ])('colour: terminal %s, %o: %s', (terminal, environment, expected) => {
    expect(wantsColour(terminal, environment)).toBe(expected)
  })
})

test('--json: every event is one line, whatever is in it, and the last one is the end', async () => {
  const out = new FakePipe()
  const err = new FakePipe()
  const play = new Play(['web1'], (now) => chooseReporter({ out, err, environment: {} }, { ...options, json: true, now }))
  play.start()
  play.phase('p')
  const place = play.begin('web1', 'a\nb')
  play.say(place, 'line\u2028\x1b[2J\n"quoted"\r\n')
  play.finish(place, 5)
  await play.end()
  const events = out.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; time: number; text?: string })
  expect(events.map((each) => each.type)).toEqual([
    'run:start',
    'host:connected',
    'phase:start',
    'step:start',
    'step:output',
    'step:end',
    'run:end',
  ])
  expect(events[4]?.text).toBe('line\u2028\x1b[2J\n"quoted"\r\n')
  expect(events.every((each) => each.time === 1_000_000)).toBe(true)
  expect(err.text).toBe('')
})
