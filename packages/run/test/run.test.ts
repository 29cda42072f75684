import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  code,
  DragonfabError,
  exitStatus,
  type Flow,
  type HookContext,
  hide,
  type RunEvents,
  sh,
  shellFunction,
  step,
  type TaskContext,
} from '@dragonfab/core'
import { describe, expect, test } from 'vitest'
import { Connection } from '../src/index.ts'
import { localExecutor } from '../src/local-executor.ts'
import { actor, world } from './fixture.ts'

const flow: Flow = {
  summary: 'release',
  phases: [
    { signals: ['a'], undo: ['undo.a'] },
    { signals: ['b'], undo: ['undo.b'], live: true },
    { signals: ['c'], undo: ['undo.b'], live: true },
  ],
  failed: ['failed'],
}

const write =
  (name: string) =>
  ({ env }: { env: Readonly<Record<string, unknown>> }) =>
    sh`echo ${name} >>${`${env.path}/log`}`
const log = (folder: string, host: string): string[] => {
  const file = join(folder, host, 'log')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}

describe('a run', () => {
  test('runs its phases on all hosts and emits their events', async () => {
    const at = await world({ flow, hosts: 3, hooks: { a: write('a'), b: write('b'), c: write('c') } })
    const end = await at.go(['release'])
    expect(end).toMatchObject({ status: 0, problems: [], hosts: [{ state: 'done' }, { state: 'done' }, { state: 'done' }] })
    for (const host of ['h1', 'h2', 'h3']) expect(log(at.folder, host)).toEqual(['a', 'b', 'c'])
    expect(JSON.parse(readFileSync(join(at.folder, 'h1/.dragonfab/history.jsonl'), 'utf8'))).toMatchObject({
      who: 'tester',
      machine: 'here',
      run: expect.stringMatching(/^run-\d+$/),
      task: 'release',
      result: 'done',
    })
    expect(at.events[0]).toEqual(['run:start', expect.objectContaining({ format: 1 })])
    expect(at.events.map(([type]) => type)).toContain('signal')
  })

  test('hosts named here and local get their own steps, and this machine gets its own', async () => {
    const at = await world({
      flow,
      hosts: ['here', 'local'],
      hooks: { a: ({ local, env }) => [local`echo "[$DF_STATE]" >>${`${env.path}/../log`}`, write('a')({ env })] },
    })
    expect(await at.go(['release'])).toMatchObject({ status: 0, problems: [] })
    expect(log(at.folder, '.')).toEqual(['[]', '[]'])
    expect(log(at.folder, 'here')).toEqual(['a'])
    expect(log(at.folder, 'local')).toEqual(['a'])
    const targets = at.events.flatMap(([type, event]) => (type === 'step:end' ? [(event as RunEvents['step:end']).target] : []))
    expect(targets.slice(0, 2)).toEqual([{ kind: 'local' }, { kind: 'local' }])
    expect(targets).toContainEqual({ kind: 'host', name: 'local' })
  })

  test('a step of this machine that fails has no host', async () => {
    const at = await world({ flow, hosts: ['here'], hooks: { a: ({ local }) => local`exit 3` } })
    const end = await at.go(['release'])
    expect(end.status).toBe(1)
    expect(end.problems.map(({ code, host }) => [code, host])).toEqual([['STEP_FAILED', undefined]])
    expect(end.hosts).toEqual([{ host: 'here', state: 'untouched' }])
  })

  test('a failure before anything is live changes nothing and undoes its own phase: status 1', async () => {
    const at = await world({
      flow,
      hosts: 2,
      hooks: { a: ({ env, sh }) => sh`[ ${String(env.name)} = h1 ]`, b: write('b'), 'undo.a': write('undone') },
    })
    const end = await at.go(['release'])
    expect(end.status).toBe(1)
    expect(end.problems).toMatchObject([{ code: 'STEP_FAILED', host: 'h2' }])
    expect(log(at.folder, 'h1')).toEqual(['undone'])
    expect(end.hosts.map((host) => host.state)).toEqual(['untouched', 'untouched'])
  })

  test('a failure on one host after the switch puts back every host that was sent it: status 3', async () => {
    const at = await world({
      flow,
      hosts: 3,
      hooks: {
        a: write('a'),
        b: ({ env, sh }) => [write('b')({ env }), sh`[ ${String(env.name)} != h2 ]`],
        'undo.b': write('back'),
        'undo.a': write('undone'),
      },
    })
    const end = await at.go(['release'])
    expect(end.status).toBe(3)
    for (const host of ['h1', 'h2', 'h3']) expect(log(at.folder, host)).toEqual(['a', 'b', 'back', 'undone'])
    expect(readFileSync(join(at.folder, 'h1/.dragonfab/history.jsonl'), 'utf8')).toContain('"result":"undone"')
  })

  test('reports the host on which undoing failed: status 4', async () => {
    const at = await world({ flow, hosts: 2, hooks: { b: () => sh`false`, 'undo.b': ({ env, sh }) => sh`[ ${String(env.name)} != h2 ]` } })
    const end = await at.go(['release'])
    expect(end.status).toBe(4)
    expect(end.hosts).toMatchObject([
      { host: 'h1', state: 'undone' },
      { host: 'h2', state: 'notUndone' },
    ])
  })

  test('if a step on this machine cannot be undone, no host counts as undone: status 4', async () => {
    const at = await world({
      flow,
      hosts: 2,
      hooks: { b: ({ local, sh }) => [local`echo all >balancer`, sh`false`], 'undo.b': ({ local, sh }) => [sh`:`, local`false`] },
    })
    const end = await at.go(['release'])
    expect(end.status).toBe(4)
    expect(end.hosts.map((host) => host.state)).toEqual(['notUndone', 'notUndone'])
  })

  test('a host that a second interrupt keeps from being undone is not called undone: status 4', async () => {
    const [stop, abort] = [new AbortController(), new AbortController()]
    const at = await world({
      flow,
      hosts: 2,
      hooks: { b: () => sh`false`, 'undo.b': ({ env, sh }) => sh`echo back >>${`${env.path}/log`}; sleep 30` },
    })
    const run = at.go(['release'], { parallel: 1, interruption: { stop: stop.signal, abort: abort.signal, status: 130 } })
    await expect.poll(() => log(at.folder, 'h1'), { timeout: 5000 }).toEqual(['back'])
    stop.abort()
    abort.abort()
    expect(await run).toMatchObject({ status: 4, hosts: [{ state: 'notUndone' }, { state: 'notUndone' }] })
    expect(log(at.folder, 'h2')).toEqual([])
  })

  test('a host whose lock another run holds was never changed, although a live phase was sent to it: status 75', async () => {
    const live: Flow = { summary: 'live', phases: [{ signals: ['b'], undo: ['undo.b'], live: true }] }
    const at = await world({ flow: live, hooks: { b: write('b'), 'undo.b': write('back') } })
    const state = join(at.folder, 'h1/.dragonfab')
    mkdirSync(state, { recursive: true })
    const holder = spawn('flock', [join(state, 'lock'), 'sh', '-c', 'echo holds; sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(holder.stdout, 'data')
    expect(await at.go(['release'])).toMatchObject({ status: 75, problems: [{ code: 'LOCKED' }], hosts: [{ state: 'untouched' }] })
    holder.kill()
    expect(log(at.folder, 'h1')).toEqual([])
  })

  test('a failure of the last phase puts back as well', async () => {
    const at = await world({ flow, hooks: { b: write('b'), c: () => sh`exit 9`, 'undo.b': write('back') } })
    expect((await at.go(['release'])).status).toBe(3)
    expect(log(at.folder, 'h1')).toEqual(['b', 'back', 'back'])
  })

  test('secrets reach a step, and are in no output', async () => {
    const at = await world({
      flow,
      hooks: { a: ({ env, sh }) => sh`printf '%s\n' ${hide('correct horse', 'word')} | tee ${`${env.path}/word`}` },
    })
    expect((await at.go(['release'])).status).toBe(0)
    expect(readFileSync(join(at.folder, 'h1/word'), 'utf8')).toBe('correct horse\n')
    expect(JSON.stringify(at.events)).not.toContain('correct')
    expect(JSON.stringify(at.events)).toContain('[secret]')
  })

  test('steps on this machine run once, between the right steps of all hosts', async () => {
    const at = await world({
      flow,
      hosts: 3,
      hooks: {
        a: ({ env, sh, local }) => [
          sh`echo 1 >>${`${env.path}/log`}`,
          local`cat h1/log h2/log h3/log >seen; echo x >>times`,
          sh`cat ../../seen 2>/dev/null || :; echo 2 >>${`${env.path}/log`}`,
        ],
      },
    })
    expect((await at.go(['release'])).status).toBe(0)
    expect(readFileSync(join(at.folder, 'seen'), 'utf8')).toBe('1\n1\n1\n')
    expect(readFileSync(join(at.folder, 'times'), 'utf8')).toBe('x\n')
  })

  test('always and onFailure entries of a sequence', async () => {
    const task = (name: string, ok = true) => ({
      summary: name,
      run: ({ env }: { env: Readonly<Record<string, unknown>> }) => [write(name)({ env }), !ok && sh`false`],
    })
    const tasks = { down: task('down'), bad: task('bad', false), never: task('never'), up: task('up'), alarm: task('alarm') }
    const at = await world({ tasks })
    const end = await at.go(['down', 'bad', 'never', 'alarm!onFailure', 'up!always'])
    expect(end.status).toBe(1)
    expect(log(at.folder, 'h1')).toEqual(['down', 'bad', 'alarm', 'up'])
    const fine = await world({ tasks })
    expect((await fine.go(['down', 'alarm!onFailure', 'up!always'])).status).toBe(0)
    expect(log(fine.folder, 'h1')).toEqual(['down', 'up'])
  })

  test('reports the state of each task; hosts that an earlier task changed do not count as unchanged', async () => {
    const run = (ok: boolean) => ({ summary: 'x', run: ({ sh }: HookContext) => (ok ? sh`:` : sh`false`) })
    const tasks = { mode: { ...run(true), args: ['mode'] }, bad: run(false), later: run(true), alarm: run(true) }
    const live: Flow = { summary: 'live', phases: [{ signals: ['a'], live: true }] }
    const at = await world({ tasks, flow: live, hooks: { a: ({ sh }) => sh`:` } })
    const end = await at.go(['mode:on', 'release', 'bad', 'later', 'alarm!onFailure', 'mode!always:off'])
    expect(end).toMatchObject({ status: 4, hosts: [{ host: 'h1', state: 'notUndone' }] })
    expect(end.tasks).toEqual([
      { task: 'mode', args: ['on'], when: 'next', state: 'done' },
      { task: 'release', args: [], when: 'next', state: 'done' },
      { task: 'bad', args: [], when: 'next', state: 'failed' },
      { task: 'later', args: [], when: 'next', state: 'notStarted' },
      { task: 'alarm', args: [], when: 'onFailure', state: 'done' },
      { task: 'mode', args: ['off'], when: 'always', state: 'done' },
    ])
    expect((await at.go(['mode:on', 'alarm!onFailure'])).tasks).toEqual([{ task: 'mode', args: ['on'], when: 'next', state: 'done' }])
  })

  test('a task names what ends it when the run fails once it has begun', async () => {
    const run = (name: string, ok = true) => ({
      summary: name,
      run: ({ env, args }: TaskContext) => [write([name, ...Object.values(args)].join(':'))({ env }), !ok && sh`false`],
    })
    const mode = {
      ...run('mode'),
      args: ['mode'],
      afterFailure: ({ args }: Pick<TaskContext, 'args'>) => (args.mode === 'down' ? 'mode:up' : undefined),
    }
    const tasks = { mode, good: run('good'), bad: run('bad', false), torn: { ...run('torn', false), afterFailure: () => 'good' } }
    const ran = async (...names: string[]) => {
      const at = await world({ tasks, hosts: 2 })
      const end = await at.go(names)
      expect(log(at.folder, 'h2')).toEqual(log(at.folder, 'h1'))
      return { status: end.status, ran: log(at.folder, 'h1'), told: end.tasks.map(({ task, state }) => `${task} ${state}`) }
    }
    expect(await ran('mode:down', 'bad', 'good', 'mode:up')).toEqual({
      status: 1,
      ran: ['mode:down', 'bad', 'mode:up'],
      told: ['mode done', 'bad failed', 'good notStarted', 'mode notStarted', 'mode done'],
    })
    expect(await ran('mode:down', 'good', 'mode:up')).toMatchObject({ status: 0, ran: ['mode:down', 'good', 'mode:up'] })
    // Not begun, so that there is nothing to end.
    expect(await ran('bad', 'mode:down')).toMatchObject({ status: 1, ran: ['bad'], told: ['bad failed', 'mode notStarted'] })
    // A task that fails half way has begun; the last one's end comes first.
    expect(await ran('mode:down', 'torn')).toMatchObject({ ran: ['mode:down', 'torn', 'good', 'mode:up'] })
    // The sequence's own word counts.
    expect(await ran('mode:down', 'bad', 'mode!always:up')).toMatchObject({ ran: ['mode:down', 'bad', 'mode:up'] })
    expect(await ran('mode:down', 'bad', 'mode!onFailure:down')).toMatchObject({ ran: ['mode:down', 'bad', 'mode:down'] })
  })

  test('a step with an unbalanced quote fails with what the shell said of it', async () => {
    const at = await world({ flow, hooks: { a: ({ sh }) => sh.raw('echo "open') } })
    const end = await at.go(['release'])
    expect(end.status).toBe(1)
    expect(end.problems).toMatchObject([
      { code: 'SCRIPT_FAILED', cause: expect.stringMatching(/syntax error|unexpected EOF|[Uu]nterminated/) },
    ])
  })

  test('a warning step does not fail the run', async () => {
    const at = await world({ flow, hooks: { a: ({ sh, step }) => step(sh`echo careful; exit 3`, { allowFailure: true }), b: write('b') } })
    expect((await at.go(['release'])).status).toBe(0)
    expect(at.events).toContainEqual(['note', expect.objectContaining({ level: 'warning', message: expect.stringContaining('careful') })])
  })

  test('the loser of a lock names the holder and leaves the lock alone: status 75', async () => {
    const at = await world({
      flow,
      hooks: { a: ({ env, sh }) => sh`echo in >>${`${env.path}/log`}; until [ -e ${`${env.path}/go`} ]; do sleep 0.05; done` },
    })
    const first = at.go(['release'])
    await expect.poll(() => log(at.folder, 'h1'), { timeout: 5000 }).toEqual(['in'])
    const second = await at.go(['release'])
    expect([second.status, second.problems.length]).toEqual([75, 1])
    expect(second.problems[0]?.message).toMatch(/locked by tester on here \(pid \d+\), for \d+ s, release/)
    const { writeFileSync } = await import('node:fs')
    writeFileSync(join(at.folder, 'h1/go'), '')
    expect((await first).status).toBe(0)
    expect((await at.go(['release'])).status).toBe(0)
  })

  test('a lock that is being given up is waited for', async () => {
    const at = await world({ flow, hooks: { a: write('a') } })
    const state = join(at.folder, 'h1/.dragonfab')
    mkdirSync(state, { recursive: true })
    const holder = spawn('flock', [join(state, 'lock'), 'sh', '-c', 'echo holds; sleep 0.5'], { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(holder.stdout, 'data')
    expect(await at.go(['release'])).toMatchObject({ status: 0, problems: [] })
  })

  test('requests a replan without reporting an end or a failure, and continues in the same sessions', async () => {
    const at = await world({
      flow,
      hooks: {
        a: ({ sh, step }) => step(sh`exit 70`, { failures: { 70: { code: 'TAKEN', message: 'taken', replan: true } } }),
        failed: write('told'),
      },
    })
    const executor = localExecutor('h1')
    let connects = 0
    const connect = async () => {
      connects++
      return executor
    }
    const connections = new Map([['h1', new Connection('h1', { connect, sudoUser: undefined, sudoPassword: undefined, actor })]])
    const end = await at.go(['release'], { connections, mayReplan: true })
    expect(end.replan).toBe(true)
    expect(at.events.map(([type]) => type)).not.toContain('run:end')
    expect(log(at.folder, 'h1')).toEqual([])
    // Who does not plan again has it as the failure that it is.
    const next = await at.go(['release'], { connections })
    expect(next).toMatchObject({ status: 1, replan: false, problems: [{ code: 'TAKEN' }] })
    expect(at.events.map(([type]) => type)).toContain('run:end')
    expect(log(at.folder, 'h1')).toEqual(['told'])
    expect(connects).toBe(1)
    for (const each of connections.values()) await each.end()
  })

  test('a step on this machine that cannot know what it did ends the run with 5', async () => {
    const lost = new DragonfabError({ code: 'LOST', message: 'the line is gone' }, exitStatus.unknown)
    const at = await world({ flow, hooks: { a: () => code({ name: 'ask', title: 'ask', args: {} }, () => Promise.reject(lost)) } })
    expect(await at.go(['release'])).toMatchObject({ status: 5, problems: [{ code: 'LOST' }], hosts: [{ state: 'unknown' }] })
  })

  test('functions that steps share are there in every script, also while undoing and in a step that survives', async () => {
    const log = shellFunction('probe_log', sh`printf '%s\n' "$1" >>"$2"/log`)
    const twice = shellFunction('probe_twice', sh`${log} "$1" "$2"; ${log} "$1" "$2"`)
    const note =
      (name: string) =>
      ({ env }: { env: Readonly<Record<string, unknown>> }) =>
        sh`${twice} ${name} ${String(env.path)}`
    const at = await world({
      flow,
      hooks: {
        a: (context) => [note('a')(context), step(note('detached')(context), { detached: true })],
        b: ({ env, sh }) => sh`${log} b ${String(env.path)}; exit 1`,
        'undo.a': note('undo'),
      },
    })
    expect((await at.go(['release'])).problems).toMatchObject([{ code: 'STEP_FAILED', message: expect.stringContaining('status 1') }])
    expect(readFileSync(join(at.folder, 'h1/log'), 'utf8').trim().split('\n')).toEqual([
      'a',
      'a',
      'detached',
      'detached',
      'b',
      'undo',
      'undo',
    ])
  })

  test('a function that cannot be defined fails its script, and the run is undone', async () => {
    const at = await world({ flow, hooks: { a: () => shellFunction('probe_open', sh.raw('echo "open')), 'undo.a': write('undone') } })
    expect((await at.go(['release'])).problems).toMatchObject([
      { code: 'SCRIPT_FAILED', cause: expect.stringMatching(/syntax error|unexpected EOF|[Uu]nterminated/) },
    ])
    expect(log(at.folder, 'h1')).toEqual(['undone'])
  })

  test('a step that survives gives its output and its status', async () => {
    const at = await world({
      flow,
      hooks: { a: ({ sh, step: as }) => as(step(sh`echo one; sleep 0.2; echo two; exit 5`), { detached: true }) },
    })
    const end = await at.go(['release'])
    expect(end.problems).toMatchObject([{ message: expect.stringContaining('status 5'), cause: 'one\ntwo' }])
  })
})
