import { readdirSync, readFileSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { mustRun } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVenvProject, type VenvProject } from './project.ts'
import { packageFiles, wheelhouse, writeFiles } from './wheels.ts'

const canary = 'c4nary"#%\\p w'
let wheels: Awaited<ReturnType<typeof wheelhouse>>
let server: Server
let shop: VenvProject
let asked = 0
const seen = new Set<string>()

/** Whoever asks the index is alive while it answers: what it and its parents were given is looked at then. */
function look(): void {
  for (const pid of readdirSync('/proc').filter((each) => /^\d+$/.test(each)))
    for (const file of ['cmdline', 'environ']) {
      try {
        const text = readFileSync(`/proc/${pid}/${file}`, 'latin1')
        if (text.includes('c4nary')) seen.add(`${file} ${text.slice(0, 200)}`)
      } catch {
        // It has ended.
      }
    }
}

beforeAll(async () => {
  wheels = await wheelhouse([['greeting', '1.0']])
  shop = await createVenvProject()
  // A package from source whose build needs another: pip starts a pip of its own for that.
  const source = join(shop.directory, 'built-1.0')
  await writeFiles(source, packageFiles('built', '1.0', ['greeting==1.0']))
  await writeFiles(source, { 'PKG-INFO': 'Metadata-Version: 2.1\nName: built\nVersion: 1.0\n' })
  await mustRun(['tar', '-czf', join(wheels.path, 'built-1.0.tar.gz'), '-C', shop.directory, 'built-1.0'])
  await rm(source, { recursive: true })
  server = createServer(async (request, response) => {
    look()
    if (request.headers.authorization !== `Basic ${Buffer.from(`deploy:${canary}`).toString('base64')}`) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="wheels"' }).end()
      return
    }
    asked++
    const [, folder, name = ''] = /^\/(simple|files)\/([\w.-]+)\/?$/.exec(request.url ?? '') ?? []
    const files = (await readdir(wheels.path)).filter((each) => each.startsWith(`${name}-`))
    if (folder === 'files') response.end(await readFile(join(wheels.path, name)))
    else if (files.length === 0) response.writeHead(404).end()
    else response.setHeader('content-type', 'text/html').end(files.map((each) => `<a href="/files/${each}">${each}</a>`).join('\n'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server?.close()
  await Promise.all([shop?.remove(), wheels?.remove()])
})

const config = (password: string) => {
  const { port } = server.address() as AddressInfo
  const url = `http://deploy:${encodeURIComponent(password)}@127.0.0.1:${port}/simple`
  return shop.config(`ship, virtualenv({ indexUrl: ${JSON.stringify(url)}, python, pipUpgrade: false })`)
}

test('an index with a password: it is used, and seen nowhere', async () => {
  await config(canary)
  await shop.app({ 'requirements.txt': 'built==1.0\n' })
  const { status, stdout, stderr } = await shop.run(['production', 'release', '--verbose'])
  expect(status, stdout + stderr).toBe(0)
  expect(await mustRun([join(shop.current, 'venv/bin/built')])).toBe('built 1.0\n')
  expect(asked).toBeGreaterThan(3)
  expect([...seen]).toEqual([])
  const plan = await shop.run(['production', 'release', '--dry-run'])
  expect(plan.status, plan.stderr).toBe(0)
  expect(stdout + stderr + plan.stdout + plan.stderr).not.toContain('c4nary')
  expect(await mustRun(['sh', '-c', 'grep -rlF c4nary "$1" || :', 'sh', shop.path])).toBe('')
})

test('a wrong password: one error, which does not tell it', async () => {
  await config('c4nary-wrong')
  await shop.app({ 'requirements.txt': 'greeting==1.0\n' })
  const { status, stdout, stderr } = await shop.run(['production', 'release'])
  expect(status, stdout + stderr).toBe(1)
  expect(stderr).toContain('[VENV_REQUIREMENTS_UNMET]')
  expect(stdout + stderr).not.toContain('c4nary')
  expect([...seen]).toEqual([])
})
