import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestFolder, createTestProject, resolveCli, runCommand, workspaceRoot } from '@dragonfab/test-kit'
import { describe, expect, test } from 'vitest'

/** Every module that is loaded, written down by a hook of Node's own loader. */
async function modulesOf(
  args: readonly string[],
  cwd: string,
): Promise<{ readonly loaded: string; readonly status: number; readonly stdout: string }> {
  const at = createTestFolder({
    'register.mjs': `import { appendFileSync } from 'node:fs'
import Module, { register } from 'node:module'
register('./hook.mjs', import.meta.url)
// What is required is not seen by the hook.
process.on('exit', () => appendFileSync(process.env.LOADED, Object.keys(Module._cache).join('\\n')))
`,
    'hook.mjs': `import { appendFileSync } from 'node:fs'
export async function load(url, context, next) {
  appendFileSync(process.env.LOADED, url + '\\n')
  return next(url, context)
}
`,
    loaded: '',
  })
  const [node = '', program = ''] = resolveCli()
  const result = await runCommand([node, '--import', join(at, 'register.mjs'), program, ...args], {
    cwd,
    env: { ...process.env, LOADED: join(at, 'loaded') },
  })
  return { loaded: readFileSync(join(at, 'loaded'), 'utf8'), status: result.status, stdout: result.stdout }
}

const config =
  "export default { appName: 'shop', environments: { local: { hosts: ['local'], path: './.deployed' } }, tasks: { hi: { summary: 'Say hi', run: ({ sh }) => sh`echo hi` } } }\n"
const heavy = /\/(ssh2|jiti|yaml|plugin-[a-z]+)\/|packages\/ssh\//

describe('what is loaded', () => {
  test.each([['--help'], ['--version'], ['completion', 'bash'], ['completion', 'zsh'], ['completion', 'fish'], ['help']])(
    '%s %s: no plugin, no ssh2, no jiti',
    async (...args) => {
      const { directory } = createTestProject({ 'dragonfab.config.ts': "throw new Error('it was loaded')" })
      const { loaded, status, stdout } = await modulesOf(args.filter(Boolean), directory)
      expect(status).toBe(0)
      expect(stdout).not.toBe('')
      expect(loaded).toContain('packages/cli/dist/')
      expect(loaded).not.toMatch(heavy)
      expect(loaded).not.toContain('dragonfab.config')
    },
  )

  test.each([
    ['dragonfab.config.mjs', config],
    ['dragonfab.config.json', '{"appName": "shop", "environments": {"local": {"hosts": "local", "path": "./.deployed"}}}'],
    ['dragonfab.config.yml', 'appName: shop\nenvironments: {local: {hosts: local, path: ./.deployed}}\n'],
  ])('%s: no jiti, and ssh2 only for hosts that are reached by it', async (name, text) => {
    const { directory } = createTestProject({ [name]: text })
    const { loaded, status } = await modulesOf(['local', 'status'], directory)
    expect(status).toBe(0)
    expect(loaded).not.toMatch(/\/jiti\/|\/ssh2\/|packages\/ssh\//)
  })

  test('the hook sees what is loaded: TypeScript brings jiti', async () => {
    const { directory } = createTestProject({ 'dragonfab.config.ts': config })
    expect((await modulesOf(['local', 'status'], directory)).loaded).toContain('/jiti/')
  })
})

describe('the project’s own dragonfab takes over', () => {
  test('when another one is run', async () => {
    const at = createTestFolder({
      'a/b/file': '',
      'node_modules/dragonfab/package.json': JSON.stringify({ name: 'dragonfab', type: 'module', bin: { dragonfab: 'own.js' } }),
      'node_modules/dragonfab/own.js': "console.log('own', process.argv.slice(2).join(' '))\nprocess.exitCode = 7\n",
    })
    const result = await runCommand([...resolveCli(), 'production', 'deploy'], { cwd: join(at, 'a/b') })
    expect(result).toMatchObject({ stdout: 'own production deploy\n', status: 7 })
  })

  test('not when it is this one', async () => {
    const { run } = createTestProject({})
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+/)
  })
})

describe('completion', () => {
  const files = {
    'dragonfab.config.mjs':
      "export default { appName: 'shop', environments: { production: { roles: { web: { hosts: ['local'] } } } }, tasks: { smoke: { summary: 'x', run: () => [] } } }\n",
  }

  test('candidates come from the project', async () => {
    const { run } = createTestProject(files)
    const after = async (...words: string[]): Promise<string[]> =>
      (await run(['completion', 'candidates', '--', ...words])).stdout.split('\n')
    expect(await after()).toEqual(expect.arrayContaining(['production', 'list', 'new', '--dry-run']))
    expect(await after('production')).toEqual(expect.arrayContaining(['deploy', 'smoke', 'status', '--app-name']))
    expect(await after('deploy', '-s')).toEqual(['production', ''])
    expect(await after('production', 'deploy', '--role')).toEqual(['web', ''])
  })

  test('bash completes', async () => {
    const { directory } = createTestProject(files)
    mkdirSync(join(directory, 'bin'))
    writeFileSync(join(directory, 'bin/dragonfab'), `#!/bin/sh\nexec ${resolveCli().join(' ')} "$@"\n`, { mode: 0o755 })
    const script = `PATH=$PWD/bin:$PATH; eval "$(dragonfab completion bash)"; COMP_WORDS=(dragonfab prod); COMP_CWORD=1; _dragonfab; echo "\${COMPREPLY[*]}"
COMP_WORDS=(dragonfab production smo); COMP_CWORD=2; _dragonfab; echo "\${COMPREPLY[*]}"`
    const result = await runCommand(['bash', '-c', script], { cwd: directory })
    expect(result.stdout).toBe('production\nsmoke\n')
  })

  test('a broken project is silent', async () => {
    const { run } = createTestProject({ 'dragonfab.config.mjs': "throw new Error('x')" })
    expect(await run(['completion', 'candidates', '--'])).toMatchObject({ status: 0, stderr: '' })
  })
})

test('help of a plugin, with and without a configuration', async () => {
  const { run } = createTestProject({})
  const help = await run(['help', 'git'])
  expect(help.stdout).toContain('git.repo  (--git-repo)')
  expect(help.stdout).toContain('Needs\n  release')
  const unknown = await run(['help', 'gti'])
  expect(unknown).toMatchObject({ status: 2, stdout: '' })
  expect(unknown.stderr).toContain('did you mean "git"?')
})

test('the package is what users import from', async () => {
  const at = createTestFolder({ 't.mjs': "import * as all from 'dragonfab'\nconsole.log(Object.keys(all).join(' '))\n" })
  mkdirSync(join(at, 'node_modules'))
  symlinkSync(join(workspaceRoot, 'packages/cli'), join(at, 'node_modules/dragonfab'))
  const { stdout } = await runCommand([process.execPath, 't.mjs'], { cwd: at })
  expect(stdout).toBe('code defineConfig definePlugin flag list secret secretText sh step table text whole\n')
})
