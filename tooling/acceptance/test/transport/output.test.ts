import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listProcesses, resolveCli, rounds, runCommand, startCommand } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventsOf } from '../../src/events.ts'
import { type AcceptanceProject, createProject } from '../../src/project.ts'
import { createStand, type TestStand } from '../../src/test-stand.ts'

const text = 'zażółć gęślą jaźń — 漢字 🚀\r50%\r100%\0no final newline'.repeat(40)
/** Some times more than the 200 MB that a run may take. */
const flood = rounds({ quick: 400_000_000, long: 1_000_000_000 })

let on: TestStand
let shop: AcceptanceProject
let data: string

beforeAll(async () => {
  on = await createStand({ hosts: 1, repository: { files: 2 } })
  shop = await createProject(on.cluster, { name: 'output' })
  data = mkdtempSync(join(tmpdir(), 'dragonfab-output-'))
  writeFileSync(join(data, 'text'), text)
  await runCommand(['chmod', '-R', 'a+rX', data])
  await shop.typescript(`
    plugins: [release()],
    environments: { ssh: { hosts: ${JSON.stringify(shop.hosts)} }, local: { hosts: ['local'], path: ${JSON.stringify(join(data, 'app'))} } },
    hooks: { 'deploy.updating': ({ sh }) => process.env.FLOOD ? sh\`head -c ${flood} /dev/zero; head -c ${flood} /dev/zero >&2; exit 7\` : null },
    tasks: {
      out: { summary: 'o', readOnly: true, run: ({ sh }) => sh\`head -c ${flood} /dev/zero; exit 7\` },
      err: { summary: 'e', readOnly: true, run: ({ sh }) => sh\`head -c ${flood} /dev/zero >&2; exit 7\` },
      bytes: { summary: 'b', readOnly: true, run: ({ sh }) => sh\`exec 3>&2; dd bs=1 if=${join(data, 'text')} 2>/dev/null; dd bs=32768 if=${join(data, 'text')} 2>/dev/null >&3\` },
      child: { summary: 'c', run: ({ sh }) => sh\`sleep 600 & echo ok\` },
      killed: { summary: 'k', run: ({ sh }) => sh\`echo dies; sh -c 'kill -9 $$'\` },
      last: { summary: 'x', run: ({ sh }) => sh\`exit 255\` },
      fine: { summary: 'f', run: ({ sh }) => sh\`echo 'not an error' >&2; exit 0\` },
      pipe: { summary: 'p', run: ({ sh }) => sh\`kill -s PIPE $(sh -c 'echo $PPID')\` },
      title: { summary: 't', run: ({ sh }) => sh\`printf '\\033]0;pwned\\007\\033[2Jseen\\n'; exit 3\` },
    },`)
})
afterAll(async () => {
  await on?.stop()
  await shop?.remove()
  rmSync(data, { recursive: true, force: true })
})

/** Runs the program with its output thrown away, and watches the memory of it. */
async function watched(words: readonly string[], env: Record<string, string> = {}) {
  const path = (await import('node:fs')).existsSync(join(shop.directory, 'bin'))
    ? `${join(shop.directory, 'bin')}:${process.env.PATH}`
    : process.env.PATH
  const run = startCommand(['sh', '-c', 'exec "$@" >/dev/null 2>"$ERRORS"', 'sh', ...resolveCli(), ...words], {
    cwd: shop.directory,
    env: {
      ...process.env,
      PATH: path,
      HOME: shop.directory,
      SSH_AUTH_SOCK: undefined,
      CI: undefined,
      ERRORS: join(data, 'errors'),
      ...env,
    },
    timeoutMs: 110_000,
  })
  let peak = 0
  const look = () => {
    try {
      const status = readFileSync(`/proc/${run.pid}/status`, 'utf8')
      peak = Math.max(peak, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0))
    } catch {
      // It has ended.
    }
  }
  const timer = setInterval(look, 20)
  const result = await run.result
  clearInterval(timer)
  return { status: result.status, megabytes: Math.round(peak / 1024), ms: Math.round(result.ms) }
}

describe(`${flood / 1_000_000} MB of a step (OUT-01)`, () => {
  test.each([
    ['ssh', 'out', []],
    ['ssh', 'err', []],
    ['ssh', 'out', ['--json']],
    ['local', 'out', []],
  ] as const)('%s %s %j takes at most 200 MB, and has its status', async (environment, task, flags) => {
    const { status, megabytes, ms } = await watched([environment, task, ...flags])
    console.log(`${environment} ${task} ${flags.join(' ')}: ${megabytes} MB, ${ms} ms`)
    expect(status).toBe(1)
    expect(megabytes).toBeGreaterThan(30)
    expect(megabytes).toBeLessThanOrEqual(200)
  })

  test('of a hook of a release, on both streams', async () => {
    const { status, megabytes, ms } = await watched(['ssh', 'deploy'], { FLOOD: '1' })
    console.log(`deploy: ${megabytes} MB, ${ms} ms`)
    expect(status).toBe(1)
    expect(megabytes).toBeLessThanOrEqual(200)
    expect(readFileSync(join(data, 'errors'), 'utf8')).toContain('status 7')
    expect(readFileSync(join(data, 'errors')).length).toBeLessThan(1_000_000)
  })
})

describe.each(['ssh', 'local'])('what a step prints (%s)', (environment) => {
  test('comes byte for byte, however it was written (OUT-03)', async () => {
    const result = await shop.run([environment, 'bytes'])
    expect([result.status, result.stdout === text, result.stderr.includes('\ufffd')]).toEqual([0, true, false])
    expect(result.stderr.startsWith(text)).toBe(true)
    const events = eventsOf(await shop.run([environment, 'bytes', '--json']))
    for (const stream of ['stdout', 'stderr']) {
      const said = events.filter((event) => event.type === 'step:output' && event.stream === stream)
      expect(said.map((event) => event.text).join('') === text, stream).toBe(true)
    }
  })

  test('a child in the background does not hold it up, and is told (OUT-04)', async () => {
    const result = await shop.run([environment, 'child'])
    expect([result.status, result.stdout.includes('ok')], result.stderr).toEqual([0, true])
    expect(result.ms).toBeLessThan(15_000)
    const pid = Number(/still runs \((\d+)\)/.exec(result.stdout + result.stderr)?.[1])
    expect(listProcesses().find((process) => process.pid === pid)?.command, result.stdout + result.stderr).toBe('sleep 600')
    process.kill(pid)
  })

  test.each([
    ['killed', 1, /was ended by signal 9/],
    ['last', 1, /ended with status 255/],
    ['fine', 0, /./],
    ['pipe', 1, /./],
  ] as const)('%s ends with %i and says how (OUT-05)', async (task, status, says) => {
    const result = await shop.run([environment, task])
    expect(result.status, result.stdout + result.stderr).toBe(status)
    expect(result.stdout + result.stderr).toMatch(says)
  })
})
