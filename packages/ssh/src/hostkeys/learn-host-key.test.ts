import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { learnHostKey } from './learn-host-key.ts'

const blob = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIAHPrL3pt+Hnb/4k64cG2U8B3RAFloMPM4dwXBaMCJ7D', 'base64')
const line = (name: string) => `${name} ssh-ed25519 ${blob.toString('base64')}\n`
let directory: string
let file: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'learn-'))
  file = join(directory, 'deep', 'known_hosts')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('learning a host key', () => {
  it('adds one line, however many do so at once', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, index) => learnHostKey(file, index % 2 ? 'web1' : 'web2', blob, { hash: false })))
    expect((await readFile(file, 'utf8')).split('\n').sort()).toEqual(['', line('web1').trim(), line('web2').trim()])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(directory, 'deep'))).mode & 0o777).toBe(0o700)
    await expect(stat(`${file}.lock`)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('ends a last line that has no end', async () => {
    file = join(directory, 'known_hosts')
    await writeFile(file, '# mine')
    await learnHostKey(file, 'web1', blob, { hash: false })
    expect(await readFile(file, 'utf8')).toBe(`# mine\n${line('web1')}`)
  })

  it('is not held up by a lock that a killed client left', async () => {
    file = join(directory, 'known_hosts')
    await writeFile(`${file}.lock`, '')
    const old = new Date(Date.now() - 60_000)
    await utimes(`${file}.lock`, old, old)
    await learnHostKey(file, 'web1', blob, { hash: false })
    expect(await readFile(file, 'utf8')).toBe(line('web1'))
  })

  it('tells when the file cannot be written', async () => {
    await expect(learnHostKey(directory, 'web1', blob, { hash: false })).rejects.toMatchObject({ code: 'EISDIR' })
  })
})
