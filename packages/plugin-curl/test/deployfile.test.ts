import { spawnSync } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Artifacts, behind, startArtifactServer } from './artifacts.ts'
import { pack } from './pack.ts'
import { type CurlProject, createCurlProject } from './project.ts'

let hosts: SshHosts
let server: Artifacts
let of: CurlProject

const installer = { text: '#!/bin/sh\nset -e\nmkdir venv\ncp app.py venv/\necho "bundle installed"\n', mode: 0o755 }

beforeAll(async () => {
  // The user that the deployfile names both logs in and runs all.
  hosts = await startSshHosts(1)
  server = await startArtifactServer()
  for (const version of ['one', 'two']) {
    const files = { 'app.py': `print("${version}")\n`, 'install.sh': installer }
    server.answers.set(`/${version}.tgz`, await pack('tgz', files))
    server.answers.set(`/private/${version}.tar`, behind('jenkins:t0ken-of-ci', await pack('tar', files)))
  }
})
afterEach(() => of?.remove())
afterAll(async () => {
  await Promise.all([server?.stop(), hosts?.stop()])
})

const stages = () => `user: ${hosts.user.name}
sudo_user: ${hosts.user.name}
path: ${of.path()}
stage_role_configs:
  staging:
    app:
      hosts:
        - web1
`

test('a bundle and its install.sh: the address on the command line, released twice, rolled back', async () => {
  of = await createCurlProject(hosts)
  await of.write(
    'deploy.yml',
    `project_name: twelve\napp_name: twelve\n${stages()}plugins:\n  - fapistrano.curl\n\ncurl_extract_tgz: true\ncurl_postinstall_script: "./install.sh"\n`,
  )
  const release = (version: string) =>
    of.run('release', '-s', 'staging', '-r', 'app', `--curl-url=${server.url}/${version}.tgz`, '--verbose')
  const first = await release('one')
  expect([first.stderr, first.status]).toEqual(['', 0])
  expect(first.stdout).toContain('bundle installed')
  expect((await release('two')).status).toBe(0)
  expect(await of.live('venv/app.py')).toBe('print("two")\n')
  // A release that cannot be fetched leaves it.
  const gone = await release('three')
  expect([gone.status, gone.stderr.includes('[CURL_NOT_FOUND]')]).toEqual([1, true])
  expect(await of.live('venv/app.py')).toBe('print("two")\n')
  expect((await of.run('rollback', '-s', 'staging', '-r', 'app')).status).toBe(0)
  expect(await of.live('venv/app.py')).toBe('print("one")\n')
})

test('a tar from a server that wants a login, which stands in the options', async () => {
  of = await createCurlProject(hosts)
  await of.write(
    'deploy.yml',
    `project_name: curl-example\napp_name: curl-example\n${stages()}plugins:\n  - fapistrano.plugins.curl\n\ncurl_extract_tar: true\ncurl_postinstall_script: "sh ./install.sh"\ncurl_postinstall_output: false\n`,
  )
  const words = ['release', '-s', 'staging', '-r', 'app', `--curl-url=${server.url}/private/one.tar`]
  const without = await of.run(...words)
  expect([without.status, without.stderr.includes('[CURL_DENIED]')]).toEqual([1, true])
  const done = await of.run(...words, '--curl-options=--user jenkins:t0ken-of-ci', '--verbose')
  expect([done.stderr, done.status]).toEqual(['', 0])
  expect(done.stdout).not.toContain('bundle installed')
  expect(done.stdout).not.toContain('t0ken')
  expect(await of.live('venv/app.py')).toBe('print("one")\n')
})

test('a jar', async () => {
  const jar = await pack('zip', { 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\n' })
  server.answers.set('/bayarea-1.4.jar', jar)
  of = await createCurlProject(hosts)
  await of.write(
    'deploy.yml',
    `project_name: jar-example\napp_name: jar-example\n${stages()}plugins:\n  - fapistrano.plugins.curl\n\n# curl conf\ncurl_output: 'bayarea.jar'\n`,
  )
  const done = await of.run('release', '-s', 'staging', '-r', 'app', `--curl-url=${server.url}/bayarea-1.4.jar`)
  expect([done.stderr, done.status]).toEqual(['', 0])
  const { status, stdout } = spawnSync('unzip', ['-p', `${of.path()}/current/bayarea.jar`, 'META-INF/MANIFEST.MF'])
  expect([status, stdout.toString()]).toEqual([0, 'Manifest-Version: 1.0\n'])
  // As any file that this user makes.
  expect(spawnSync('stat', ['-Lc', '%a', `${of.path()}/current/bayarea.jar`]).stdout.toString()).toBe('644\n')
})

test('a postinstall script that fails ends the release, and says why even when its output is hidden', async () => {
  of = await createCurlProject(hosts)
  const options = { url: `${server.url}/one.tgz`, extract: 'tgz' }
  await of.curl(options)
  expect((await of.run('test', 'release')).status).toBe(0)
  for (const postinstallScript of [
    'echo cannot build >&2; false; echo not reached',
    'echo cannot build; exit 70',
    'echo cannot build; (exit 3)',
  ]) {
    await of.curl({ ...options, url: `${server.url}/two.tgz`, postinstallScript, postinstallOutput: false })
    const failed = await of.run('test', 'release')
    expect([failed.status, failed.stderr]).toEqual([1, expect.stringMatching(/\[STEP_FAILED\][\s\S]*cannot build/)])
    expect(await of.live('app.py')).toBe('print("one")\n')
  }
  // A quote that is not closed is that script's own.
  await of.curl({ ...options, postinstallScript: 'echo "x' })
  const open = await of.run('test', 'release')
  expect([open.status, open.stderr]).toEqual([1, expect.stringContaining('run the postinstall script')])
})

test('a host without curl is named', async () => {
  const bin = `${hosts.directory}/no-curl`
  await mkdir(bin)
  spawnSync('sh', ['-c', `for p in /usr/bin/* /bin/*; do case $p in */curl|*/*zip) ;; *) ln -sf "$p" "${bin}/" ;; esac; done`])
  of = await createCurlProject(hosts)
  await of.curl({ url: `${server.url}/one.tgz`, extract: 'tgz' }, { shellEnv: { PATH: bin } })
  for (const task of ['check', 'release']) {
    const { status, stderr } = await of.run('test', task)
    expect([status, stderr]).toEqual([1, expect.stringMatching(/web1 .*not installed: curl, gzip \[CURL_TOOL_MISSING\]/)])
  }
  await rm(bin, { recursive: true })
})
