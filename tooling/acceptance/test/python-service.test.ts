import { readlinkSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createTestUser, findFreePort, mustRun, type Supervisord, startSupervisord, waitUntil } from '@dragonfab/test-kit'
import { afterAll, expect, test } from 'vitest'
import { python, wheelhouse } from '../../../packages/plugin-virtualenv/test/wheels.ts'
import type { AcceptanceProject } from '../src/project.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

/** What answers comes from a wheel; 3.0 starts, and dies after a moment. */
const application = `import http.server, os, sys, threading, time
import greeting
if greeting.TEXT.endswith('3.0'):
    threading.Thread(target=lambda: (time.sleep(2), print('out of memory', flush=True), os._exit(9))).start()
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(('%s in %s' % (greeting.TEXT, os.path.basename(os.getcwd()))).encode())
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer.allow_reuse_address = True
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Page).serve_forever()
`
let on: TestStand
let wheels: Awaited<ReturnType<typeof wheelhouse>>
let daemon: Supervisord
afterAll(async () => {
  await daemon?.stop()
  await Promise.all([wheels?.remove(), on?.stop()])
})

async function release(shop: AcceptanceProject, status: number): Promise<string> {
  const result = await shop.run(['release', '-s', 'production', '-r', 'app'])
  expect(result.status, result.stdout + result.stderr).toBe(status)
  return result.stdout + result.stderr
}

test('a Python service of a deploy.yml: git, virtualenv and supervisord, as another user than who logs in', {
  timeout: 240_000,
}, async () => {
  const [owner, port] = await Promise.all([createTestUser('plain'), findFreePort()])
  wheels = await wheelhouse(['1.0', '2.0', '3.0'].map((version) => ['greeting', version] as const))
  on = await createStand({
    hosts: 1,
    ssh: { user: 'sudo-nopass' },
    repository: {
      content: {
        'app.py': application,
        'requirements.txt': 'greeting==1.0\n',
        'configs/supervisor_production_app.conf': `[program:shop]\ncommand=%(here)s/../shop/current/venv/bin/python app.py ${port}\ndirectory=%(here)s/../shop/current\nstdout_logfile=%(here)s/../shop.log\nredirect_stderr=true\n`,
      },
    },
  })
  const [host] = on.cluster.hosts
  const root = host?.root ?? ''
  await mustRun(['chown', `${owner.uid}:${owner.gid}`, root])
  daemon = await startSupervisord({ directory: root, user: owner })
  const shop = await on.app()
  rmSync(join(shop.directory, 'dragonfab.config.json'))
  await shop.write(
    'deploy.yml',
    `project_name: shop
app_name: shop
sudo_user: ${owner.name}
use_ssh_config: true
path: ${root}/%(app_name)s
stage_role_configs:
  production:
    app:
      hosts:
        - ${host?.name}
plugins:
  - fapistrano.plugins.git
  - fapistrano.plugins.virtualenv
  - fapistrano.plugins.supervisorctl
repo: ${on.url}
branch: main
virtualenv_python: ${python}
virtualenv_pip_upgrade: false
virtualenv_index: false
virtualenv_wheelhouse: ${wheels.path}
supervisor_command: ${daemon.command}
supervisor_target: ${daemon.included}/shop.conf
supervisor_check_status: true
supervisor_conf: configs/supervisor_%(stage)s_%(role)s.conf
`,
  )
  const answer = (version: string) =>
    waitUntil(`the answer of ${version}`, async () => {
      const said = await fetch(`http://127.0.0.1:${port}/`).then(
        (page) => page.text(),
        () => '',
      )
      return said === `greeting ${version} in ${basename(readlinkSync(join(root, 'shop/current')))}`
    })

  await release(shop, 0)
  await answer('1.0')
  await on.commit({ 'requirements.txt': 'greeting==2.0\n' })
  await release(shop, 0)
  await answer('2.0')

  await on.commit({ 'requirements.txt': 'greeting==3.0\n' })
  expect(await release(shop, 3)).toContain('out of memory')
  await answer('2.0')

  const back = await shop.run(['rollback', '-s', 'production'])
  expect(back.status, back.stdout + back.stderr).toBe(0)
  await answer('1.0')
})
