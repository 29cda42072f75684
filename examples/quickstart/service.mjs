// Restarts, asks and stops the application, as systemd or supervisord would do on a server.
import { spawn } from 'node:child_process'
import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// The real folder of the release, although `current` was named.
const home = dirname(fileURLToPath(import.meta.url))
const port = /^PORT=(\d+)$/m.exec(readFileSync(join(home, '.env'), 'utf8'))?.[1]
const pidFile = join(home, 'data', 'server.pid')
const logFile = join(home, 'log', 'server.log')

const commands = { restart, ask: async () => console.log((await get('/')).trim()), stop }
const command = commands[process.argv[2]]
try {
  if (!command) throw new Error('usage: node service.mjs restart | ask | stop')
  await command()
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

async function restart() {
  await stop()
  const log = openSync(logFile, 'a')
  const env = { ...process.env, PORT: port }
  const server = spawn(process.execPath, [join(home, 'server.mjs')], { cwd: home, env, detached: true, stdio: ['ignore', log, log] })
  server.unref()
  writeFileSync(pidFile, `${server.pid}\n`)
  // If the new release does not answer, this fails, and Dragonfab returns to the previous release.
  const release = basename(home)
  await until(async () => (await live()) === release, `release ${release} does not answer on port ${port}; see ${logFile}`)
}

async function stop() {
  if ((await live()) === undefined) return
  process.kill(Number(readFileSync(pidFile, 'utf8')))
  await until(async () => (await live()) === undefined, `the server on port ${port} does not stop`)
}

/** The release that answers, if one does. */
function live() {
  return get('/release').catch(() => undefined)
}

async function get(path) {
  return (await fetch(`http://127.0.0.1:${port}${path}`)).text()
}

/** Tries for fifteen seconds. */
async function until(attempt, otherwise) {
  for (let tries = 0; tries < 150; tries++) {
    if (await attempt()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(otherwise)
}
