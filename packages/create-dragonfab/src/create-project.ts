import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { usageError } from '@dragonfab/core'
import { isInstalled } from './installed.ts'
import { installCommand, runnerCommand } from './package-manager.ts'
import { findRepository, firstCommit } from './repository.ts'
import { starterText } from './starter.ts'

/** Asks a person to confirm. With `yes` it does not ask. */
type Ask = (question: string, yes: boolean) => Promise<boolean>

/** The place of a new project, and how to talk to its author. */
export interface ProjectOptions {
  readonly cwd: string
  readonly operands: readonly string[]
  readonly yes: boolean
  readonly ask: Ask
  readonly canAsk: boolean
  readonly say: (line: string) => void
}

/** `npm create dragonfab [dir]`, `dragonfab new [dir]`: writes a working configuration, a line in .gitignore and, if there is none, a repository with a commit. It overwrites nothing. */
export async function createProject({ cwd, operands, yes, ask, canAsk, say }: ProjectOptions): Promise<number> {
  if (operands.length > 1) throw usageError({ code: 'NEW_FORM', message: 'new takes one folder', remedy: 'write dragonfab new [dir]' })
  const directory = resolve(cwd, operands[0] ?? '.')
  refuseSecond(directory)
  mkdirSync(directory, { recursive: true })
  const hasPackage = (name: string): boolean => isInstalled(name, directory)
  const missing = ['dragonfab', '@dragonfab/plugin-git'].filter((name) => !hasPackage(name))
  // If only plugin-release is installed, the starter does without git.
  const withGit = hasPackage('@dragonfab/plugin-git') || !hasPackage('@dragonfab/plugin-release')
  const program = await runnerCommand(directory, 'dragonfab')
  const surrounding = findRepository(directory)

  const repository = withGit ? { path: '.', folder: '', branch: 'main', ...surrounding.found } : undefined
  writeFileSync(join(directory, 'dragonfab.config.ts'), starterText({ appName: appName(directory), repository, program }), { flag: 'wx' })
  const displayPath = (name: string): string => relative(cwd, join(directory, name)) || name
  say(`wrote ${displayPath('dragonfab.config.ts')}`)
  const ignored = writeIgnoreFile(directory, surrounding.found?.hasCommit ?? false)
  if (ignored.length) say(`added ${ignored.join(' and ')} to ${displayPath('.gitignore')}`)

  if (withGit && !surrounding.found?.hasCommit) {
    await makeRepository({ directory, init: !surrounding.found, installed: surrounding.installed, yes: yes || !canAsk, ask, say })
  }
  say('')
  const changeFolder = directory === cwd ? '' : `cd ${relative(cwd, directory)} && `
  const wanted = withGit ? missing : missing.filter((name) => name !== '@dragonfab/plugin-git')
  if (wanted.length) say(`install:  ${changeFolder}${await installCommand(directory, wanted)}`)
  say(`next:     ${changeFolder}${program} local deploy`)
  return 0
}

function refuseSecond(directory: string): void {
  if (existsSync(directory) && !statSync(directory).isDirectory()) {
    throw usageError({ code: 'NEW_FOLDER', message: `${directory} is not a folder` })
  }
  const names = existsSync(directory) ? readdirSync(directory).sort() : []
  const name = names.find((each) => /^dragonfab\.config\.(m?[jt]s|json|yml)$/.test(each)) ?? names.find((each) => each === 'deploy.yml')
  const found = name && join(directory, name)
  if (found)
    throw usageError({
      code: 'CONFIG_EXISTS',
      message: `${found} already exists, and new never overwrites a file`,
      remedy: 'edit it, or name another folder',
    })
}

async function makeRepository(options: {
  readonly directory: string
  readonly init: boolean
  readonly installed: boolean
  readonly yes: boolean
  readonly ask: Ask
  readonly say: (line: string) => void
}): Promise<void> {
  const { directory, init, installed, yes, ask, say } = options
  const what = init ? 'a git repository with a first commit' : 'a first commit'
  if (!installed) {
    say('git is not installed: install it, then make a first commit, because Dragonfab releases commits')
    return
  }
  if (!(await ask(`Dragonfab releases commits, and there are none in this folder. Make ${what}?`, yes))) {
    say(`before you deploy: make ${what}`)
    return
  }
  const problem = firstCommit(directory, init)
  say(problem ? `could not make ${what}: ${problem}` : `made ${what}, because Dragonfab releases commits`)
}

/** Adds lines that are missing in .gitignore. `node_modules` is added only if the repository has no commit yet. */
function writeIgnoreFile(directory: string, hasCommit: boolean): readonly string[] {
  const file = join(directory, '.gitignore')
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const has = (name: string): boolean => before.split(/\r?\n/).some((line) => line.trim().replace(/^\/|\/$/g, '') === name)
  const lines = ['.deployed', ...(hasCommit || !existsSync(join(directory, 'node_modules')) ? [] : ['node_modules'])].filter(
    (name) => !has(name),
  )
  if (lines.length) {
    const gap = before && !before.endsWith('\n') ? '\n' : ''
    writeFileSync(file, `${before}${gap}${lines.map((line) => `${line}/\n`).join('')}`)
  }
  return lines.map((line) => `${line}/`)
}

/** The package's name, or the folder's, in a form that hosts accept. */
function appName(directory: string): string {
  const name = packageName(join(directory, 'package.json')) ?? basename(directory)
  const clean = name
    .replace(/^@[^/]*\//, '')
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[.-]+|-+$/g, '')
    .slice(0, 100)
  return clean || 'app'
}

function packageName(file: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }
    return typeof name === 'string' && name ? name : undefined
  } catch {
    return undefined
  }
}
