import { chown, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type CommandResult,
  createTestFolder,
  createTestUser,
  ensureServers,
  forgetSudo,
  mustRun,
  resolveCli,
  runAtTerminal,
  runCommand,
  type SshHosts,
  startSshHosts,
  type TestUser,
} from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sshProject } from './ssh-project.ts'

/** The system's own, which Debian's Django belongs to. */
const python = '/usr/bin/python3'

/** What a release of each environment is filled with. */
const fillings = {
  plain: 'true',
  venv: `${python} -m venv --without-pip venv`,
  dotted: `${python} -m venv --without-pip .venv`,
  env: `${python} -m venv --without-pip env`,
  django: `${python} -m venv --without-pip --system-site-packages venv; printf 'SECRET_KEY = "x"\\nGREETING = "hello from Django"\\n' >settings.py
cat >manage.py <<'END'
import os, sys
os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
END
${stub('ipython')}`,
  // IPython itself is on an index alone; what decides is that a program of this name is in the PATH.
  ipython: `${python} -m venv --without-pip venv; ${stub('ipython')}`,
}

function stub(name: string): string {
  return `printf '#!/bin/sh\\necho ${name} of "\${0%%/*}"; exec cat\\n' >venv/bin/${name}; chmod 755 venv/bin/${name}`
}

let hosts: SshHosts
let owner: TestUser
const root = () => hosts.hosts[0]?.root ?? ''

const config = (elsewhere = false): string => `import release from '@dragonfab/plugin-release'
import virtualenv from '@dragonfab/plugin-virtualenv'
const fillings = ${JSON.stringify(fillings)}
const at = (name) => [{ name: 'web1', path: '${root()}/' + name }]
export default {
  appName: 'shop',
  plugins: [release()${elsewhere ? `, virtualenv({ python: '${python}', index: false, wheelhouse: '/usr/share', pipUpgrade: false, venvPath: '%(sharedPath)s/python' })` : ''}],
  environments: {
    ...Object.fromEntries(Object.keys(fillings).map((name) => [name, { hosts: at(name) }])),
    elsewhere: { hosts: at('elsewhere') },
    own: { hosts: at('plain'), console: 'echo "my console in \${PWD##*/}"; exit 4' },
    other: { hosts: at('other'), sudoUser: '${owner.name}', dotenv: { GREETING: 'hello' } },
  },
  hooks: {
    'deploy.updating': ({ env, sh }) => [
      sh\`: >\${env.releasePath}/requirements.txt\`,
      env.stage in fillings && sh\`cd \${env.releasePath}; \${sh.raw(fillings[env.stage])}\`,
    ],
  },
}
`
type On = Awaited<ReturnType<typeof sshProject>>
const shop = (elsewhere: boolean): Promise<On> => sshProject(hosts, { 'dragonfab.config.mjs': config(elsewhere) })

beforeAll(async () => {
  await ensureServers({ 'django-admin': 'python3-django' })
  hosts = await startSshHosts(1, { user: 'sudo-password' })
  owner = await createTestUser('other')
  await mustRun(['mkdir', join(root(), 'other')])
  await chown(join(root(), 'other'), owner.uid, owner.gid)
})
afterAll(() => hosts?.stop())

async function released(environment: string, sudo = false): Promise<On> {
  const on = await shop(environment === 'elsewhere')
  const options = { stdin: `${hosts.user.password}\n` }
  const done = await on.run([environment, 'release', ...(sudo ? ['--ask-sudo-password'] : [])], sudo ? options : {})
  expect(done.status, done.stdout + done.stderr).toBe(0)
  return on
}

/** At a terminal: what is typed when a text stands there. */
const terminal = (on: On, words: readonly string[], typed: readonly (readonly [string, string])[]) =>
  runAtTerminal(words, { cwd: on.directory, env: { ...on.env, NO_COLOR: '1' }, typed })

describe('what shell opens by itself', () => {
  const prefix = 'import sys\nprint("in", sys.prefix)\n'
  test.each([
    ['venv', 'venv'],
    ['dotted', '.venv'],
    ['env', 'env'],
  ])('the Python of %s', async (environment, place) => {
    const on = await released(environment)
    const said = await on.run([environment, 'shell'], { stdin: prefix })
    expect(said, said.stderr).toMatchObject({ status: 0, stdout: `in ${root()}/${environment}/current/${place}\n` })
  })

  test('at a terminal Python asks and answers', async () => {
    const on = await released('venv')
    const { status, said } = await terminal(
      on,
      ['venv', 'shell'],
      [
        ['>>> ', 'import os, sys; print(os.environ["PWD"][-7:], 6 * 7, sys.stdin.isatty())\r'],
        ['current 42 True', 'sys.exit(6)\r'],
      ],
    )
    expect(status, said).toBe(6)
  })

  test('the Python that plugin-virtualenv was told to make elsewhere', async () => {
    const on = await released('elsewhere')
    const said = await on.run(['elsewhere', 'shell'], { stdin: 'import sys\nprint(sys.executable)\n' })
    expect(said, said.stderr).toMatchObject({ status: 0, stdout: `${root()}/elsewhere/shared/python/bin/python\n` })
  })

  test('IPython, before the Python beside it', async () => {
    const on = await released('ipython')
    const said = await on.run(['ipython', 'shell'], { stdin: '1 + 1\n' })
    expect(said, said.stderr).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^ipython of .*\/ipython\/current\/venv\/bin\n1 \+ 1\n$/),
    })
  })

  test('Django’s, before IPython: with its settings, by the Python of the virtualenv', async () => {
    const on = await released('django')
    const text = 'from django.conf import settings\nimport sys\nprint(settings.GREETING, "in", sys.prefix)\n'
    const said = await on.run(['django', 'shell'], { stdin: text })
    expect(said, said.stderr).toMatchObject({ status: 0, stdout: `hello from Django in ${root()}/django/current/venv\n` })
  })

  test('a login shell where there is nothing of all this; `console` before everything', async () => {
    const on = await released('plain')
    const said = await on.run(['plain', 'shell'], { stdin: 'shopt -q login_shell && echo "login shell in $PWD"\n' })
    expect(said, said.stderr).toMatchObject({ status: 0, stdout: `login shell in ${root()}/plain/current\n` })
    expect(await on.run(['own', 'shell'])).toMatchObject({ status: 4, stdout: 'my console in current\n' })
  })
})

describe('where sudo asks for a password', () => {
  const asked = ['other', 'shell', '--ask-sudo-password', '--']
  const password = () => hosts.user.password ?? ''
  const question = 'sudo password'

  test('it is typed unseen before, and the shell is the other user’s, with the terminal', async () => {
    const on = await released('other', true)
    await forgetSudo(hosts.user)
    const { status, said } = await terminal(
      on,
      [...asked, 'echo "$(id -un) $GREETING"; test -t 0 && read -r line && echo "read $line"; exit 5'],
      [
        [question, `${password()}\r`],
        [`${owner.name} hello`, 'a line\r'],
        ['read a line', ''],
      ],
    )
    expect(status, said).toBe(5)
    expect(said).not.toContain(password())
  })

  test('reports a wrong password and runs nothing', async () => {
    const on = await released('other', true)
    await forgetSudo(hosts.user)
    const { status, said } = await terminal(on, [...asked, 'echo "ran"'], [[question, 'wrong\r']])
    expect(status, said).toBe(1)
    expect(said).toMatch(/sudo/)
    expect(said).not.toMatch(/^ran$/m)
  })

  test('it is the first line of a pipe or of a file; all after it is what the command reads', async () => {
    const on = await released('other', true)
    const rest = `first\nsecond "line"\n${'x'.repeat(200_000)}\nend`
    const check = ({ status, stdout, stderr }: CommandResult) => {
      expect(status, stderr).toBe(0)
      expect(stdout.length, `${stdout.slice(0, 200)} … ${stderr}`).toBe(`${owner.name}\n${rest}`.length)
      expect(stdout === `${owner.name}\n${rest}`).toBe(true)
    }
    for (const task of ['shell', 'once']) {
      await forgetSudo(hosts.user)
      check(await on.run(['other', task, '--ask-sudo-password', '--', 'id -un; cat'], { stdin: `${password()}\n${rest}` }))
    }
    await forgetSudo(hosts.user)
    const file = join(createTestFolder({}), 'input')
    await writeFile(file, `${password()}\n${rest}`)
    const words = [...resolveCli(), 'other', 'once', '--ask-sudo-password', '--', 'id -un; cat']
    const env = { ...process.env, ...on.env, NO_COLOR: '1', CI: '1' }
    check(await runCommand(['sh', '-c', 'exec "$@" <"$0"', file, ...words], { cwd: on.directory, env }))
  })
})
