import { definePlugin, text } from '@dragonfab/core'
import release from '@dragonfab/plugin-release'
import { afterEach, describe, expect, test } from 'vitest'
import { type Fault, fails, interrupted, lost, type TestEnvironment, testPlugin, unreachable } from '../src/index.ts'

/** Ships a greeting, and restarts what greets. */
const greeting = definePlugin({
  name: 'greeting',
  needs: [release()],
  options: { text: text({ help: 'what to say', default: 'hello' }) },
  hooks: {
    'deploy.updating': [
      ({ local }) => local`echo built`,
      ({ env, sh, step }) => step(sh`echo ${env.greeting.text} >${env.releasePath}/greeting`, { title: 'write' }),
      ({ env, sh, code }) =>
        code({ name: 'ask', args: { path: env.releasePath } }, async ({ capture, log }) =>
          log(await capture(sh`cat ${env.releasePath}/greeting`)),
        ),
    ],
    'deploy.published': ({ env, sh, step }) =>
      step(sh`systemctl restart greeting; cat ${env.currentPath}/greeting >>"$HOME/restarts"`, { title: 'restart' }),
  },
})

const first = '260101-000000'
const second = '260101-000100'
let site: TestEnvironment

/** One release that is fine, then one with the fault. */
async function after(fault: Fault, reconnectMs?: number) {
  site = await testPlugin(greeting(), { commands: { systemctl: {} } })
  const done = await site.run('deploy')
  expect(done, JSON.stringify(done.problems)).toMatchObject({ status: 0, hosts: { web1: 'done', web2: 'done' } })
  const end = await site.run('deploy --greeting-text second', { faults: [fault], ...(reconnectMs === undefined ? {} : { reconnectMs }) })
  const notes = end.events.flatMap((event) => (event.type === 'note' ? [event.message] : []))
  return { end, notes, on: [...(end.faults[0]?.hosts ?? [])].sort(), live: site.hosts.map((host) => host.release) }
}
afterEach(() => site.remove())

describe('before anything is live', () => {
  test('a host that cannot be reached', async () => {
    const { end, on, live } = await after(unreachable('web2'))
    expect(end).toMatchObject({ status: 1, codes: ['HOST_UNREACHABLE'], hosts: { web1: 'untouched', web2: 'untouched' } })
    expect(on).toEqual(['web2'])
    expect(live).toEqual([first, first])
  })

  test('a step that fails does nothing, says what it was told to, and fails all', async () => {
    const { end, on, live } = await after(fails({ host: 'web1', plugin: 'greeting', step: /^write$/, status: 7, says: 'disk full' }))
    expect(end).toMatchObject({ status: 1, codes: ['STEP_FAILED'] })
    expect(end.problems[0]).toMatchObject({ host: 'web1', cause: 'disk full' })
    expect(end.steps('web1').find(({ title }) => title === 'write')).toMatchObject({ status: 7, ok: false })
    expect(on).toEqual(['web1'])
    expect(live).toEqual([first, first])
    expect(site.hosts.map((host) => host.releases)).toEqual([[first], [first]])
  })

  test.each([
    ['a code step that fails', fails({ host: 'web2', step: 'ask', says: 'no answer' }), 'CODE_FAILED', ['web2']],
    ['a step of this machine that fails', fails({ step: 'echo built' }), 'STEP_FAILED', ['this machine']],
    ['a connection that is lost at a step', lost({ host: 'web1', step: 'write' }), 'CONNECTION_LOST', ['web1']],
    ['a connection that is lost in a code step', lost({ host: 'web1', step: 'ask', when: 'during' }), 'COMMAND_FAILED', ['web1']],
    ['all connections', lost({ step: 'write' }), 'CONNECTION_LOST', ['web1', 'web2']],
  ])('%s', async (_, fault, code, hosts) => {
    const { end, on, live } = await after(fault)
    expect(end.status).toBe(1)
    expect(end.codes).toContain(code)
    expect(on).toEqual(hosts)
    expect(live).toEqual([first, first])
    // Nothing is left that would stand in the way of the next one.
    expect(await site.run('deploy --greeting-text third')).toMatchObject({ status: 0 })
    expect(site.hosts.map((host) => host.read('current/greeting'))).toEqual(['third\n', 'third\n'])
  })

  test('an interrupt', async () => {
    const { end, on, live } = await after(interrupted({ host: 'web2', step: 'write' }))
    expect(end.status).toBe(130)
    expect(on).toEqual(['web2'])
    expect(live).toEqual([first, first])
  })
})

describe('at the switch', () => {
  test('a step that fails when all of it was done', async () => {
    const { end, on } = await after(fails({ host: 'web1', phase: 2, signal: 'deploy.published', when: 'after' }))
    expect(end).toMatchObject({ status: 3, hosts: { web1: 'undone', web2: 'undone' } })
    expect(on).toEqual(['web1'])
    // Done, and done again on the way back.
    expect(site.host('web1').read('/home/deploy/restarts')).toBe('hello\nsecond\nhello\n')
  })

  test.each([
    ['before it', lost({ host: 'web1', signal: 'deploy.publishing' })],
    ['after it', lost({ host: 'web1', signal: 'deploy.publishing', when: 'after' })],
    ['at the restart', lost({ host: 'web1', signal: 'deploy.published' })],
  ])('lost %s: connects again and puts all back', async (_, fault) => {
    const { end, on, live, notes } = await after(fault)
    expect(end).toMatchObject({ status: 3, hosts: { web1: 'undone', web2: 'undone' } })
    expect(on).toEqual(['web1'])
    expect(live).toEqual([first, first])
    expect(notes).toContain('connected again: the step had not ended')
  })

  test('switched, restarted, and nobody heard of it: it is found out', async () => {
    const { end, on, live, notes } = await after(lost({ host: 'web1', signal: 'deploy.publishing', when: 'unheard' }))
    expect(end).toMatchObject({ status: 0, hosts: { web1: 'done', web2: 'done' } })
    expect(on).toEqual(['web1'])
    expect(live).toEqual([second, second])
    expect(notes).toContain('connected again: the step had ended with status 0')
    expect(site.host('web1').calls('systemctl')).toHaveLength(2)
  })

  test('lost and not found again: unknown, the others are put back', async () => {
    const { end, on, live } = await after(lost({ host: 'web1', signal: 'deploy.publishing', when: 'after', back: false }), 100)
    expect(end).toMatchObject({ status: 5, hosts: { web1: 'unknown', web2: 'undone' } })
    expect(on).toEqual(['web1'])
    expect(live).toEqual([second, first])
  })

  test('a way back that fails: status 4', async () => {
    await after(unreachable())
    const faults = [fails({ host: 'web2', signal: 'deploy.published' }), fails({ host: 'web1', signal: 'release.undoing', undoing: true })]
    const end = await site.run('deploy', { faults })
    expect(end).toMatchObject({ status: 4, hosts: { web1: 'notUndone', web2: 'undone' } })
    expect(end.faults.map(({ hosts }) => hosts)).toEqual([['web2'], ['web1']])
    expect(site.host('web2').release).toBe(first)
  })
})

describe('a fault that does not happen is an error of the test', () => {
  test('nothing is there', async () => {
    const failed = after(fails({ plugin: 'greeting', signal: 'deploy.started' }))
    await expect(failed).rejects.toThrow(/no step of the plan matches fails\(\{ plugin: 'greeting', signal: 'deploy.started' \}\)/)
    await expect(failed).rejects.toThrow('greeting: write')
  })

  test('the run does not get there', async () => {
    const failed = after(fails({ signal: 'release.undoing', undoing: true }))
    await expect(failed).rejects.toThrow(/did not happen[\s\S]*ended with status 0/)
  })
})
