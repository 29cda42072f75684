import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestProject, resolveCli, startCli, waitUntil } from '@dragonfab/test-kit'
import { describe, expect, onTestFinished, test } from 'vitest'

const config = (hook: string): string => `import release from '@dragonfab/plugin-release'
export default {
  appName: 'shop',
  plugins: [release()],
  environments: { local: { hosts: ['local'], path: './.deployed' } },
  hooks: { ${hook} },
  tasks: { flood: { summary: 'Print without end', readOnly: true, run: ({ sh }) => sh\`head -c 300000000 /dev/zero | tr '\\\\0' x | fold -w 99\` } },
}
`
const waits = (signal: string): string => `'${signal}': ({ env, sh }) => sh\`echo began >>\${env.path}/began; sleep 60 & wait $!\``

interface Terminal {
  readonly child: ChildProcess
  readonly text: () => string
  readonly status: Promise<number | null>
}

/** The program at a real terminal of this size; what is written to its stdin is typed. */
function atTerminal(directory: string, args: readonly string[], size = { columns: 70, rows: 20 }, setup = ''): Terminal {
  const quoted = [...resolveCli(), ...args].map((word) => `'${word}'`).join(' ')
  const { CI: _ci, NO_COLOR: _colour, ...env } = process.env
  const child = spawn('script', ['-qec', `stty cols ${size.columns} rows ${size.rows}; ${setup} ${quoted}`, '/dev/null'], {
    cwd: directory,
    env: { ...env, TERM: 'xterm' },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk
  })
  return { child, text: () => said, status: new Promise((resolve) => child.on('close', resolve)) }
}

const cursorShown = (text: string): boolean => text.lastIndexOf('\x1b[?25h') > text.lastIndexOf('\x1b[?25l')

describe('at a real terminal', () => {
  test('steps, colours, no line too long, and the cursor comes back', async () => {
    const { directory } = createTestProject({
      'dragonfab.config.mjs': config("'deploy.updated': ({ sh }) => sh`echo one; sleep 0.5; echo two`"),
    })
    const { text, status } = atTerminal(directory, ['local', 'deploy'])
    expect(await status, text()).toBe(0)
    expect(text()).toContain('\x1b[?25l')
    expect(cursorShown(text())).toBe(true)
    expect(text()).toContain('\x1b[32m✔\x1b[39m release: make the folders')
    // The tail of what ran.
    expect(text()).toMatch(/ {4}one/)
    const lines = text()
      .replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
      .split(/\r?\n|\r/)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(70)
  })

  test('Ctrl-C stops running steps, undoes the run, restores the cursor and exits with 130', async () => {
    const { directory, run } = createTestProject({ 'dragonfab.config.mjs': config(waits('deploy.updated')) })
    const { child, text, status } = atTerminal(directory, ['local', 'deploy'])
    await waitUntil('the step', () => existsSync(join(directory, '.deployed/began')))
    await waitUntil('its live line', () => text().includes('\x1b[?25l'))
    child.stdin?.write('\x03')
    expect(await status, text()).toBe(130)
    expect(text()).toContain('interrupted')
    expect(cursorShown(text())).toBe(true)
    expect(existsSync(join(directory, '.deployed/current'))).toBe(false)
    // Nobody holds the lock any more.
    const next = await run(['local', 'lock'])
    expect(next.status, next.stderr).toBe(0)
  })

  test('a hidden question shows nothing of the answer', async () => {
    const { directory } = createTestProject({ 'dragonfab.config.mjs': config('') })
    const { child, text, status } = atTerminal(directory, ['local', 'status', '--ask-sudo-password'])
    await waitUntil('the question', () => text().includes('sudo password'))
    child.stdin?.write('correct horse\r')
    expect(await status, text()).toBe(0)
    expect(text()).not.toContain('horse')
  })

  test('a secret that is typed: asked once, unseen, given to the step, and the terminal as before', async () => {
    const { directory } = createTestProject({
      'dragonfab.config.mjs': config("'deploy.updated': ({ env, sh }) => sh`printf %s ${env.vars.key} | wc -c`")
        .replace("appName: 'shop',", "appName: 'shop', vars: { key: secret.prompt('The key:') },")
        .replace(/^/, "import { secret } from 'dragonfab'\n"),
    })
    const { child, text, status } = atTerminal(directory, ['local', 'deploy', '--verbose'], undefined, 'trap "stty -a" EXIT;')
    await waitUntil('the question', () => text().includes('The key:'))
    child.stdin?.write('correct horse\r')
    expect(await status, text()).toBe(0)
    expect(text()).not.toContain('horse')
    expect(text().split('The key:')).toHaveLength(2)
    expect(text()).toMatch(/\b13\b/)
    expect(text()).toMatch(/ echo /)
  })

  test('Ctrl-C at a secret that is typed', async () => {
    const { directory } = createTestProject({
      'dragonfab.config.mjs': config("'deploy.updated': ({ env, sh }) => sh`printf %s ${env.vars.key} | wc -c`")
        .replace("appName: 'shop',", "appName: 'shop', vars: { key: secret.prompt('The key:') },")
        .replace(/^/, "import { secret } from 'dragonfab'\n"),
    })
    const { child, text, status } = atTerminal(directory, ['local', 'deploy'])
    await waitUntil('the question', () => text().includes('The key:'))
    child.stdin?.write('\x03')
    expect(await status, text()).toBe(130)
    expect(existsSync(join(directory, '.deployed/releases'))).toBe(false)
  })

  test('Ctrl-C at a question', async () => {
    const { directory } = createTestProject({ 'dragonfab.config.mjs': config('') })
    const { child, text, status } = atTerminal(directory, ['local', 'status', '--ask-sudo-password'])
    await waitUntil('the question', () => text().includes('sudo password'))
    child.stdin?.write('\x03')
    expect(await status, text()).toBe(130)
  })
})

describe('signals', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s after the switch: put back, %i', async (signal, expected) => {
    const { directory } = createTestProject({ 'dragonfab.config.mjs': config(waits('deploy.published')) })
    const program = startCli(['local', 'deploy'], { cwd: directory, env: { CI: '1' } })
    await waitUntil('the step', () => existsSync(join(directory, '.deployed/began')))
    process.kill(program.pid, signal)
    const { status, stderr, stdout } = await program.result
    expect(status, stdout + stderr).toBe(expected)
    expect(existsSync(join(directory, '.deployed/current'))).toBe(false)
  })

  test('twice: at once, and the next run works', async () => {
    const { directory, run } = createTestProject({
      'dragonfab.config.mjs': config(
        `'deploy.updated': ({ env, sh }) => sh\`[ -e \${env.path}/began ] || { echo began >>\${env.path}/began; trap '' TERM INT; sleep 20; }\``,
      ),
    })
    const program = startCli(['local', 'deploy'], { cwd: directory, env: { CI: '1' } })
    await waitUntil('the step', () => existsSync(join(directory, '.deployed/began')))
    process.kill(program.pid, 'SIGINT')
    await waitUntil('the first to be heard', () => program.output().includes('interrupted'))
    process.kill(program.pid, 'SIGINT')
    const { status, ms } = await program.result
    expect(status).toBe(130)
    expect(ms).toBeLessThan(15_000)
    const next = await run(['local', 'deploy', '--lock-wait', '50'])
    expect(next.status, next.stdout + next.stderr).toBe(0)
  })
})

describe('a reader that is slow, or goes away', () => {
  test('output waits for it instead of filling the memory', async () => {
    const { directory } = createTestProject({ 'dragonfab.config.mjs': config('') })
    const [node = '', program = ''] = resolveCli()
    const child = spawn(node, [program, 'local', 'flood'], {
      cwd: directory,
      env: { ...process.env, CI: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await waitUntil('the first output', () => child.stdout.readableLength > 0)
    const peak = (): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024
    // Nobody reads: the memory must come to rest far below what is printed.
    let before = 0
    await waitUntil('the memory to rest', async () => {
      const last = before
      await new Promise((resolve) => setTimeout(resolve, 500))
      before = peak()
      return before === last
    })
    expect(peak()).toBeLessThan(200)
    let read = 0
    child.stdout.on('data', (chunk: Buffer) => {
      read += chunk.length
    })
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
    expect(read).toBeGreaterThan(300_000_000)
  })

  test('does not fail the deployment if it goes away', async () => {
    const { directory } = createTestProject({ 'dragonfab.config.mjs': config("'deploy.updated': ({ sh }) => sh`seq 200000`") })
    const program = `${resolveCli().join(' ')} local deploy --verbose | head -n 1; exit \${PIPESTATUS[0]}`
    const child = spawn('bash', ['-c', program], { cwd: directory, env: { ...process.env, CI: '1' } })
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
    expect(readdirSync(join(directory, '.deployed/releases'))).toHaveLength(1)
    expect(existsSync(join(directory, '.deployed/current'))).toBe(true)
  })
})
