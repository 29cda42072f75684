import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createTestUser,
  ensureServers,
  mustRun,
  resolveCli,
  runCommand,
  type SshHosts,
  startSshHosts,
  waitUntil,
} from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { sshProject } from './ssh-project.ts'

const config = (hosts: SshHosts, sudoUser: string): string => {
  const at = (index: number) => `{ name: 'web${index + 1}', path: '${hosts.hosts[index]?.root}/shop' }`
  return `import release from '@dragonfab/plugin-release'
export default {
  appName: 'shop',
  plugins: [release()],
  environments: {
    one: { hosts: [${at(0)}], dotenv: { GREETING: 'hello' } },
    two: { hosts: [${at(0)}, ${at(1)}] },
    other: { hosts: [${at(1)}], sudoUser: '${sudoUser}' },
    local: { hosts: ['local'], path: './.deployed', dotenv: { GREETING: 'here' } },
  },
  hooks: { 'deploy.updating': ({ env, sh }) => sh\`mkdir -p \${env.releasePath}/bin; echo 'import sys; print("DJANGO", sys.argv[1:])' >\${env.releasePath}/manage.py.txt\` },
}
`
}

let hosts: SshHosts
let on: Awaited<ReturnType<typeof sshProject>>
let socket: string
const tmux = (...words: string[]): Promise<string> => mustRun(['tmux', '-S', socket, '-f', '/dev/null', ...words])
const screen = (): Promise<string> => tmux('capture-pane', '-p', '-t', 's')
const type = (text: string): Promise<string> => tmux('send-keys', '-t', 's', '-l', text)
const key = (name: string): Promise<string> => tmux('send-keys', '-t', 's', name)
const shows = (what: string | RegExp): Promise<unknown> =>
  waitUntil(`the terminal to show ${what}`, async () => new RegExp(what).test(await screen()), 20_000)

beforeAll(async () => {
  await ensureServers({ tmux: 'tmux' })
  hosts = await startSshHosts(2, { user: 'sudo-nopass' })
})
afterAll(() => hosts.stop())
beforeEach(async () => {
  const other = await createTestUser('other')
  on = await sshProject(hosts, { 'dragonfab.config.mjs': config(hosts, other.name) })
  if (!existsSync(`${hosts.hosts[0]?.root}/shop/current`)) {
    const first = await on.run(['two', 'release'])
    expect(first.status, first.stderr).toBe(0)
  }
  socket = join(mkdtempSync(join(tmpdir(), 'dragonfab-tmux-')), 'socket')
})
afterEach(async () => {
  await runCommand(['tmux', '-S', socket, 'kill-server'])
  rmSync(join(socket, '..'), { recursive: true, force: true })
})

/** A shell in a terminal, in which the program is started; its status and the terminal's modes before and after go into files. */
async function terminal(words: readonly string[]): Promise<{ ended(): Promise<{ status: string; same: boolean }> }> {
  const file = (name: string): string => join(on.directory, name)
  const program = [...resolveCli(), ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  const env = Object.entries(on.env).map(([name, value]) => `${name}='${value}'`)
  const script = `cd '${on.directory}'; stty -g >before; ${env.join(' ')} ${program}; echo $? >status.new; stty -g >after; mv status.new status; sleep 600`
  await tmux('new-session', '-d', '-s', 's', '-x', '90', '-y', '24', 'sh', '-c', script)
  return {
    ended: async () => {
      await waitUntil('it to end', () => existsSync(file('status')), 20_000)
      const read = (name: string): string => readFileSync(file(name), 'utf8').trim()
      return { status: read('status'), same: read('before') === read('after') }
    },
  }
}

test('a login shell in current: variables, size, Ctrl-C for its command alone, the exit status, the terminal as before', async () => {
  const { ended } = await terminal(['one', 'shell', '--', 'exec bash --norc -i'])
  await shows('bash-.*\\$')
  await type('PS1="ready> "; echo "$GREETING $TERM"; pwd; stty size\n')
  await shows('hello (screen|tmux)\\S*\\n.*/shop/current\\n24 90\\nready>')
  await tmux('resize-window', '-t', 's', '-x', '101', '-y', '31')
  await type('clear; until [ "$(stty size)" = "31 101" ]; do sleep 0.05; done; echo resized\n')
  await shows('resized\\nready>')
  await type('clear; sleep 600; echo "ended $?"\n')
  await waitUntil('the command', async () => (await runCommand(['pgrep', '-f', '^sleep 600$', '-u', hosts.user.name])).status === 0)
  await key('C-c')
  await shows('\\^C\\n(ended 130\\n)?ready>')
  await type('clear; cat\n')
  await type('typed\n')
  await shows('typed\\ntyped')
  await key('C-d')
  await type('exit 7\n')
  expect(await ended()).toEqual({ status: '7', same: true })
})

test('a program that lives on after Ctrl-C keeps its terminal', async () => {
  const program =
    'import sys\nprint("begun")\nwhile True:\n  try:\n    print("read " + input())\n  except KeyboardInterrupt:\n    print("noted")\n  except EOFError:\n    sys.exit(9)\n'
  const { ended } = await terminal(['one', 'shell', '--', 'python3', '-uc', program])
  await shows('begun')
  await key('C-c')
  await shows('noted')
  await type('more\n')
  await shows('read more')
  await key('C-c')
  await type('again\n')
  await shows('read again')
  await key('C-d')
  expect(await ended()).toEqual({ status: '9', same: true })
})

test('as another user, by sudo; a shell of several hosts is of the first, and says so', async () => {
  const first = await terminal(['two', 'shell', '--', 'echo "this is $PWD"; exit 3'])
  await shows('web1: using the first of 2 hosts; use --host to choose another')
  await shows('this is .*/web1/root/shop/current')
  expect(await first.ended()).toEqual({ status: '3', same: true })
})

test('sudoUser has the terminal', async () => {
  const { ended } = await terminal(['other', 'shell', '--', 'id -un; test -t 0 && test -t 1 && stty size; exit 4'])
  await shows('dfab-other\\r?\\n24 90')
  expect(await ended()).toEqual({ status: '4', same: true })
})

test('on this machine', async () => {
  expect((await on.run(['local', 'release'])).status).toBe(0)
  const { ended } = await terminal(['local', 'shell', '--', 'exec bash --norc -i'])
  await shows('bash-.*#')
  await type('PS1="ready> "; clear; echo "$GREETING"; stty size\n')
  await shows('here\\n24 90\\nready>')
  await type('clear; echo be"gun"; sleep 600\n')
  await shows('begun')
  await key('C-c')
  await shows('\\^C')
  await type('exit 6\n')
  expect(await ended()).toEqual({ status: '6', same: true })
})

test('a connection that dies gives the terminal back, and the status is 5', async () => {
  const { ended } = await terminal(['one', 'shell', '--', 'exec bash --norc -i'])
  await shows('bash-.*\\$')
  await type('kill -9 $(ps -o ppid= -p $PPID) $PPID\n')
  const { status, same } = await ended()
  expect(same).toBe(true)
  expect(['5', '129', '137']).toContain(status)
})

test('with a pipe it reads the pipe, as ssh -T does', async () => {
  const said = await on.run(['one', 'shell'], { stdin: 'echo "$GREETING from $(basename "$PWD")"\nexit 8\n' })
  expect(said).toMatchObject({ status: 8, stdout: 'hello from current\n' })
})
