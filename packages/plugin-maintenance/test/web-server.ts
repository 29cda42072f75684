import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureServers, findFreePort, programPath, startCommand, waitUntil, workspaceRoot } from '@dragonfab/test-kit'

export interface WebServer {
  readonly url: string
  stop(): Promise<void>
}

export type Kind = 'nginx' | 'apache'

/** The README's configuration of a web server, word for word but for the port and the paths. */
async function example(kind: Kind, path: string, port: number): Promise<string> {
  const readme = await readFile(join(workspaceRoot, 'packages/plugin-maintenance/README.md'), 'utf8')
  const [, block] = new RegExp(`\`\`\`${kind}\n([\\s\\S]*?)\`\`\``).exec(readme) ?? []
  if (block === undefined) throw new Error(`the README has no example for ${kind}`)
  return block
    .replaceAll('/home/deploy/www/shop', path)
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replace('*:80', `127.0.0.1:${port}`)
}

/** A real web server on loopback that serves `<path>/current/public`. */
export async function webServer(kind: Kind, path: string): Promise<WebServer> {
  await ensureServers(kind === 'nginx' ? { nginx: 'nginx-light' } : { apache2: 'apache2-bin' })
  const [port, directory] = [await findFreePort(), await mkdtemp(join(tmpdir(), 'dragonfab-web-'))]
  await chmod(directory, 0o755)
  await mkdir(join(directory, 'tmp'))
  const own = await example(kind, path, port)
  const file = join(directory, 'web.conf')
  await writeFile(file, kind === 'nginx' ? nginx(directory, own) : apache(directory, own, port))
  const program = programPath(kind === 'nginx' ? 'nginx' : 'apache2') ?? kind
  const argv =
    kind === 'nginx'
      ? [program, '-c', file, '-p', directory, '-e', join(directory, 'error.log')]
      : [program, '-d', directory, '-f', file, '-D', 'FOREGROUND']
  const running = startCommand(argv)
  const log = async () => (await readFile(join(directory, 'error.log'), 'utf8').catch(() => '')) || 'nothing'
  const url = `http://127.0.0.1:${port}`
  let over = false
  running.result.then(
    () => {
      over = true
    },
    () => undefined,
  )
  await waitUntil(
    `${kind}, whose log has: ${await log()}`,
    async () =>
      over ||
      (await fetch(url).then(
        () => true,
        () => false,
      )),
    30_000,
  )
  if (over) throw new Error(`${kind} did not start: ${(await running.result).stderr}${await log()}`)
  return {
    url,
    stop: async () => {
      running.kill('SIGTERM')
      await running.result
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const nginx = (directory: string, own: string): string => `daemon off;
pid ${directory}/pid;
worker_processes 1;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((each) => `${each}_temp_path ${directory}/tmp/${each};`).join('\n  ')}
  ${own}
}
`

const modules = ['mpm_event', 'authz_core', 'alias', 'dir', 'headers', 'rewrite']
const apache = (directory: string, own: string, port: number): string => `ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${directory}/pid
ErrorLog ${directory}/error.log
User www-data
Group www-data
Mutex file:${directory}/tmp default
DefaultRuntimeDir ${directory}/tmp
DirectoryIndex index.html
${modules.map((each) => `LoadModule ${each}_module /usr/lib/apache2/modules/mod_${each}.so`).join('\n')}
${own}
`
