import { type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Artifacts, startArtifactServer } from './artifacts.ts'
import { pack } from './pack.ts'
import { type CurlProject, createCurlProject } from './project.ts'

let hosts: SshHosts
let server: Artifacts
const made: CurlProject[] = []
const anew = async () => {
  const one = await createCurlProject(hosts)
  made.push(one)
  return one
}

const files = { 'app/index.txt': 'one\n', 'install.sh': { text: '#!/bin/sh\necho "installed in $PWD"\necho ok >installed\n', mode: 0o755 } }

beforeAll(async () => {
  hosts = await startSshHosts(2)
  server = await startArtifactServer()
  for (const kind of ['tar', 'tgz', 'zst', 'zip'] as const) server.answers.set(`/shop.${kind}`, await pack(kind, files))
})
afterEach(async () => {
  await Promise.all(made.splice(0).map((each) => each.remove()))
})
afterAll(async () => {
  await Promise.all([server?.stop(), hosts?.stop()])
})

test.each(['tar', 'tgz', 'zst', 'zip'] as const)('a %s is unpacked on every host, and its script is run', async (extract) => {
  const of = await anew()
  await of.curl({ url: `${server.url}/shop.${extract}`, extract, postinstallScript: './install.sh' })
  const done = await of.run('test', 'release')
  expect(done.stderr + done.stdout).toMatch(/installed in .*releases/)
  expect(done.status).toBe(0)
  for (const { name } of hosts.hosts) {
    expect(await of.live('app/index.txt', name)).toBe('one\n')
    expect(await of.live('installed', name)).toBe('ok\n')
    expect(await of.live('REVISION', name)).toMatch(new RegExp(`^${server.url}/shop.${extract} sha256:[0-9a-f]{64}\n$`))
  }
  const status = await of.run('test', 'status')
  expect(status.stdout).toContain(`${server.url}/shop.${extract} sha256:`)
})
