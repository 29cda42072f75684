import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hide, quote, render, reveal } from '@dragonfab/core'
import { mustRun } from '@dragonfab/test-kit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printOptions } from '../src/curlrc/config-text.ts'

test.each([[['dash']], [['bash']], [['busybox', 'ash']]])('curl reads each value as it was, printed by %s', async (shell) => {
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-curlrc-'))
  const socket = join(directory, 'socket')
  const server = createServer((request, response) => {
    response.end(Buffer.from(String(request.headers.authorization).replace('Basic ', ''), 'base64'))
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  try {
    const password = fc.string({ unit: fc.constantFrom(...'"\'\\$`%#= {}[]nrtvé;&|<>~*?!a1-'), maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(password, async (value) => {
        const options = [
          { name: 'user', value: hide(`bot:${value}`, 'user'), firstServerOnly: true },
          { name: 'silent', firstServerOnly: false },
          { name: 'unix-socket', value: socket, firstServerOnly: false },
          { name: 'url', value: 'http://localhost/', firstServerOnly: false },
        ]
        const script = render(printOptions(options), (secret) => quote(reveal(secret)))
        expect(await mustRun([...shell, '-c', `{ ${script}; } | curl -q -K -`])).toBe(`bot:${value}`)
      }),
      { numRuns: 25 },
    )
  } finally {
    server.close()
    await rm(directory, { recursive: true, force: true })
  }
})
