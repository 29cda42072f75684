import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildDebPackage, type DebianHosts, mustRun, runCommand, startDebianHosts } from '../src/index.ts'

let hosts: DebianHosts

beforeAll(async () => {
  hosts = await startDebianHosts(2)
})

afterAll(async () => {
  await hosts?.stop()
})

const ssh = (host: string, text: string) => runCommand(['ssh', '-F', hosts.sshConfig, host, text])

test('each has a dpkg of its own, behind its own sshd', async () => {
  await buildDebPackage(hosts.shared, {
    name: 'dragonfab-probe',
    version: '1.0',
    files: { '/usr/bin/dragonfab-probe': '#!/bin/sh\necho here\n' },
  })
  const installed = await ssh('web1', `sudo apt-get -qy install ${hosts.shared}/dragonfab-probe_1.0_all.deb && dragonfab-probe`)
  expect(installed, installed.stderr).toMatchObject({ status: 0 })
  expect(installed.stdout.trimEnd().split('\n').at(-1)).toBe('here')
  const other = await ssh('web2', 'hostname; dpkg-query -W dragonfab-probe')
  expect(other).toMatchObject({ status: 1, stdout: 'web2\n' })
  expect((await runCommand(['dpkg-query', '-W', 'dragonfab-probe'])).status).toBe(1)
  expect(existsSync('/usr/bin/dragonfab-probe')).toBe(false)
})

test('a user logs in there who exists there, and no service is started', async () => {
  const who = await ssh('web2', 'id -un; pwd; sudo id -un; sudo /usr/sbin/policy-rc.d ssh start; echo $?')
  expect(who.stdout).toBe(`${hosts.user.name}\n${hosts.user.home}\nroot\n101\n`)
})

test('nothing of it is left', async () => {
  const one = await startDebianHosts(1, { prefix: 'gone' })
  await mustRun(['ssh', '-F', one.sshConfig, 'gone1', 'setsid sleep 1000 >/dev/null 2>&1 &'])
  const left = () => runCommand(['pgrep', '-fx', 'sleep 1000', '-u', String(one.user.uid)])
  expect((await left()).status).toBe(0)
  await one.stop()
  expect((await left()).status).toBe(1)
  expect(existsSync(one.shared)).toBe(false)
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(one.shared)
})
