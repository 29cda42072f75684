import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureServers, mustRun } from '@dragonfab/test-kit'

/** A service on loopback with a certificate that it signed itself, and which is well. */
export async function tlsService() {
  await ensureServers({ openssl: 'openssl' })
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-tls-'))
  await chmod(directory, 0o755)
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')]
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:TRUE']
  await mustRun([
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    ...subject,
    '-keyout',
    key,
    '-out',
    certificate,
  ])
  await chmod(certificate, 0o644)
  const server = createServer({ key: await readFile(key), cert: await readFile(certificate) }, (_request, response) =>
    response.end('all is well\n'),
  )
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `https://127.0.0.1:${port}`,
    certificate,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await rm(directory, { recursive: true })
    },
  }
}
