import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createGitFixture,
  createTestUser,
  findFreePort,
  type GitFixture,
  mustRun,
  runCommand,
  type SshHosts,
  startSshHosts,
  type TestUser,
  waitUntil,
} from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createVenvProject, type VenvProject } from './project.ts'
import { wheelhouse } from './wheels.ts'

/** A web application whose answer comes from a wheel that it depends on. */
const application = `
import http.server, os, sys
import greeting
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(('%s in %s' % (greeting.TEXT, os.path.basename(os.getcwd()))).encode())
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Page).serve_forever()
`

/** Stops what runs and starts what is live; not told of a session, so that it stays. */
const restart = `#!/bin/sh
set -eu
cd "$(readlink -f "$1/current")"
[ ! -f "$1/pid" ] || kill "$(cat "$1/pid")" 2>/dev/null || :
setsid venv/bin/python app.py "$2" >/dev/null 2>&1 </dev/null &
echo $! >"$1/pid"
`

let wheels: Awaited<ReturnType<typeof wheelhouse>>
let repository: GitFixture
let deploy: TestUser
const clusters: SshHosts[] = []
const projects: VenvProject[] = []
const pids: string[] = []

beforeAll(async () => {
  wheels = await wheelhouse([
    ['greeting', '1.0'],
    ['greeting', '2.0'],
  ])
  deploy = await createTestUser('plain')
})
afterAll(async () => {
  for (const file of pids) await runCommand(['sh', '-c', `kill "$(cat '${file}')"`])
  await Promise.all([...projects.map((each) => each.remove()), ...clusters.map((each) => each.stop())])
  await Promise.all([wheels?.remove(), repository?.remove()])
})

describe.each(['the same user', 'another user, by sudo'])('as %s', (who) => {
  test('answers the new version after release, and the old one after rollback', async () => {
    const cluster = await startSshHosts(1, { user: who === 'the same user' ? deploy : 'sudo-nopass' })
    clusters.push(cluster)
    const path = join(cluster.hosts[0]?.root ?? '', 'shop')
    await mkdir(path)
    await mustRun(['chown', `${deploy.uid}:${deploy.gid}`, path])
    const sudoUser = who === 'the same user' ? undefined : deploy.name
    const shop = await createVenvProject({ cluster, path, sudoUser })
    projects.push(shop)
    pids.push(join(path, 'pid'))
    repository = await createGitFixture({
      content: { 'app.py': application, restart: { content: restart, mode: 0o755 }, 'requirements.txt': 'greeting==1.0\n' },
    })
    const url = await repository.serve()
    const port = await findFreePort()
    await shop.config(
      `git({ repo: '${url}', branch: 'main' }), virtualenv({ index: false, wheelhouse: '${wheels.path}', python })`,
      `  hooks: { 'deploy.published': ({ env, sh }) => sh\`\${env.currentPath}/restart \${env.path} ${port}\` },`,
    )
    const answer = (text: string) =>
      waitUntil(
        `the answer ${text}`,
        async () =>
          (await fetch(`http://127.0.0.1:${port}/`).then(
            (page) => page.text(),
            () => '',
          )) === text,
      )
    const check = await shop.run(['production', 'check'])
    expect(check.status, check.stdout + check.stderr).toBe(0)

    const first = await shop.release()
    await answer(`greeting 1.0 in ${first}`)
    await repository.commit({ 'requirements.txt': 'greeting==2.0\n' })
    const second = await shop.release()
    await answer(`greeting 2.0 in ${second}`)

    const back = await shop.run(['production', 'rollback'])
    expect(back.status, back.stdout + back.stderr).toBe(0)
    await answer(`greeting 1.0 in ${first}`)
    // All of it belongs to the user who runs the steps.
    expect(await mustRun(['find', path, '!', '-user', deploy.name])).toBe('')
    await repository.remove()
  })
})
