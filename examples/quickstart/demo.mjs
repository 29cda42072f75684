// Releases this application twice on this machine, shows the result, and rolls back. Everything runs in a temporary folder, with the
// built program, as a user would type it. If any command fails, the demo fails. `--keep` keeps the folder.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const home = dirname(fileURLToPath(import.meta.url))
const program = join(home, '../../packages/cli/dist/bin.js')
const shop = join(mkdtempSync(join(tmpdir(), 'dragonfab-demo-')), 'quickstart')
const author = {
  GIT_AUTHOR_NAME: 'You',
  GIT_AUTHOR_EMAIL: 'you@example.org',
  GIT_COMMITTER_NAME: 'You',
  GIT_COMMITTER_EMAIL: 'you@example.org',
}
const env = { ...process.env, ...author, PORT: String(await freePort()), NO_COLOR: '1' }

try {
  await demo()
} catch (error) {
  console.error(`\ndemo: ${error.message}`)
  process.exitCode = 1
} finally {
  if (existsSync(join(shop, '.deployed/current')))
    spawnSync(process.execPath, ['.deployed/current/service.mjs', 'stop'], { cwd: shop, env })
  if (!process.argv.includes('--keep')) rmSync(dirname(shop), { recursive: true, force: true })
}

async function demo() {
  mkdirSync(shop)
  for (const name of ['server.mjs', 'service.mjs', 'greeting.txt', 'dragonfab.config.ts']) cpSync(join(home, name), join(shop, name))
  writeFileSync(join(shop, '.gitignore'), 'node_modules\n.deployed\n')
  symlinkSync(join(home, 'node_modules'), join(shop, 'node_modules'))
  console.log(`A small application, released twice on this machine and rolled back.\nIt is in ${shop} and answers on port ${env.PORT}.`)

  heading('The application, in a git repository')
  type('git init --quiet && git checkout --quiet -b main')
  type('git add . && git commit --quiet --message "The first version"')

  heading('The plan: exactly what a deployment would run')
  type('npx dragonfab local deploy --dry-run', { lines: 30 })
  check(!existsSync(join(shop, '.deployed')), 'the dry run has written something')

  heading('The first release')
  type('npx dragonfab local check')
  type('npx dragonfab local deploy')
  await checkAnswer('Hello from the first version')

  heading('The second release')
  type('echo "Hello from the second version" > greeting.txt')
  type('git commit --quiet --all --message "The second version"')
  type('npx dragonfab local deploy')
  await checkAnswer('Hello from the second version')

  heading('The result')
  type('ls -lA .deployed .deployed/releases .deployed/current/')
  type('npx dragonfab local status')
  type('npx dragonfab local history')

  heading('Roll back to the first release')
  type('npx dragonfab local rollback')
  await checkAnswer('Hello from the first version')
  type('npx dragonfab local status')
  console.log('\nThat is the end of the demo. To start your own project from it, read README.md.')
}

function heading(text) {
  console.log(`\n── ${text}`)
}

/** Prints a command as it would be typed, runs it, and shows its output. A status other than 0 fails the demo. */
function type(line, { lines = Number.POSITIVE_INFINITY } = {}) {
  console.log(`\n$ ${line}`)
  const [npx, name, ...args] = line.split(' ')
  const argv = npx === 'npx' && name === 'dragonfab' ? [process.execPath, program, ...args] : ['sh', '-c', line]
  const { status, stdout, stderr, error } = spawnSync(argv[0], argv.slice(1), { cwd: shop, env, encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (error) throw error
  const output = `${stdout}${stderr}`.trimEnd().split('\n')
  for (const each of output.slice(0, lines)) if (each || output.length > 1) console.log(`  ${each}`.trimEnd())
  if (output.length > lines) console.log(`  … and ${output.length - lines} more lines`)
  check(status === 0, `‘${line}’ ended with status ${status}`)
}

/** Asks the application itself. */
async function checkAnswer(greeting) {
  const text = await (await fetch(`http://127.0.0.1:${env.PORT}/`)).text()
  console.log(`\nhttp://127.0.0.1:${env.PORT}/ answers: ${text.trim()}`)
  check(text.startsWith(greeting), `it should have answered: ${greeting}`)
}

function check(ok, message) {
  if (!ok) throw new Error(message)
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
