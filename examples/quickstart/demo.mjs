// Releases this application twice on this machine, shows what is there, and rolls back. Everything runs in a temporary folder, with the
// built program, as a user would type it; whatever fails, fails the demo. `--keep` leaves the folder there.
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
  console.log(`A small application, released twice on this machine and rolled back.\nIt lies in ${shop} and answers on port ${env.PORT}.`)

  heading('The application, in a git repository')
  type('git init --quiet && git checkout --quiet -b main')
  type('git add . && git commit --quiet --message "The first version"')

  heading('What a deployment would do: the plan, and the plan is what runs')
  type('npx dragonfab local deploy --dry-run', { lines: 30 })
  check(!existsSync(join(shop, '.deployed')), 'the dry run has written something')

  heading('The first release')
  type('npx dragonfab local check')
  type('npx dragonfab local deploy')
  await answers('Hello from the first version')

  heading('The second release')
  type('echo "Hello from the second version" > greeting.txt')
  type('git commit --quiet --all --message "The second version"')
  type('npx dragonfab local deploy')
  await answers('Hello from the second version')

  heading('What is there now')
  type('ls -lA .deployed .deployed/releases .deployed/current/')
  type('npx dragonfab local status')
  type('npx dragonfab local history')

  heading('Back to the first one')
  type('npx dragonfab local rollback')
  await answers('Hello from the first version')
  type('npx dragonfab local status')
  console.log('\nThat was it. The same with your own: README.md')
}

function heading(text) {
  console.log(`\n── ${text}`)
}

/** Prints a command as it would be typed, runs it, and shows what it says. A status other than 0 fails the demo. */
function type(line, { lines = Number.POSITIVE_INFINITY } = {}) {
  console.log(`\n$ ${line}`)
  const [npx, name, ...args] = line.split(' ')
  const argv = npx === 'npx' && name === 'dragonfab' ? [process.execPath, program, ...args] : ['sh', '-c', line]
  const { status, stdout, stderr, error } = spawnSync(argv[0], argv.slice(1), { cwd: shop, env, encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (error) throw error
  const said = `${stdout}${stderr}`.trimEnd().split('\n')
  for (const each of said.slice(0, lines)) if (each || said.length > 1) console.log(`  ${each}`.trimEnd())
  if (said.length > lines) console.log(`  … and ${said.length - lines} more lines`)
  check(status === 0, `‘${line}’ ended with status ${status}`)
}

/** Asks the application itself. */
async function answers(greeting) {
  const text = await (await fetch(`http://127.0.0.1:${env.PORT}/`)).text()
  console.log(`\nhttp://127.0.0.1:${env.PORT}/ answers: ${text.trim()}`)
  check(text.startsWith(greeting), `it should have answered: ${greeting}`)
}

function check(fine, otherwise) {
  if (!fine) throw new Error(otherwise)
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
