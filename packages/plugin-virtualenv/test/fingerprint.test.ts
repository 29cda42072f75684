import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '@dragonfab/test-kit'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { fingerprintProgram } from '../src/python/fingerprint.ts'
import { python } from './wheels.ts'

let root: string
const roots: string[] = []
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dragonfab-inputs-'))
  roots.push(root)
})
afterAll(() => Promise.all(roots.map((each) => rm(each, { recursive: true }))))

const put = async (name: string, text: string) => {
  await mkdir(join(root, name, '..'), { recursive: true })
  await writeFile(join(root, name), text)
}
const ask = (
  more: {
    readonly release?: string
    readonly wheelhouse?: string
    readonly settings?: string
    readonly secret?: string
    readonly env?: object
  } = {},
) =>
  runCommand(
    [python, '-I', '-c', fingerprintProgram, more.release ?? root, 'requirements.txt', more.wheelhouse ?? '', more.settings ?? '{}', ''],
    {
      stdin: more.secret ?? '',
      env: { PATH: process.env.PATH, ...more.env },
    },
  )
const inputs = async (more?: Parameters<typeof ask>[0]) => {
  const { status, stdout, stderr } = await ask(more)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout.trim()
}

describe('the hash', () => {
  test('is of the inputs, not of the place', async () => {
    await put('requirements.txt', '-r more/base.txt\n./wheels/a-1.0-py3-none-any.whl\n')
    await put('more/base.txt', 'flask==3.0\n')
    await put('wheels/a-1.0-py3-none-any.whl', 'a')
    const first = await inputs({ wheelhouse: 'wheels' })
    expect(first).toMatch(/^[0-9a-f]{24} shared$/)
    expect(await inputs({ wheelhouse: 'wheels' })).toBe(first)
    const other = await mkdtemp(join(tmpdir(), 'dragonfab-inputs-'))
    roots.push(other)
    await runCommand(['cp', '-r', `${root}/.`, other])
    expect(await inputs({ release: other, wheelhouse: 'wheels' })).toBe(first)
    expect(await inputs({ release: other, wheelhouse: join(root, 'wheels') })).toBe(first)
  })

  test.each([
    ['the requirements', 'requirements.txt'],
    ['an included file', 'more/base.txt'],
    ['what that one includes', 'more/deeper.txt'],
    ['constraints', 'pins.txt'],
    ['a local wheel', 'wheels/a-1.0-py3-none-any.whl'],
    ['an archive that is given by its name alone', 'b-1.0.tar.gz'],
    ['a wheel at a file: address', 'c-1.0-py3-none-any.whl'],
    ['a wheel after a name and @', 'wheels/d-1.0-py3-none-any.whl'],
    ['a folder of wheels that a requirement names', 'found/e-1.0-py3-none-any.whl'],
    ['the wheelhouse', 'house/f-1.0-py3-none-any.whl'],
  ])('changes with %s', async (_what, file) => {
    const files = {
      'requirements.txt': `# all\n-r more/base.txt\n--constraint=pins.txt\n./wheels/a-1.0-py3-none-any.whl --hash=sha256:00 ; python_version > "3"\nb-1.0.tar.gz\nfile://${root}/c-1.0-py3-none-any.whl#egg=c\nd @ file://${root}/wheels/d-1.0-py3-none-any.whl\n-f found\n`,
      'more/base.txt': 'flask==\\\n3.0\n--requirement "deeper.txt" # a comment\n',
      'more/deeper.txt': 'jinja2\n-r ../requirements.txt\n',
      'pins.txt': 'click==8\n',
      'wheels/a-1.0-py3-none-any.whl': 'a',
      'b-1.0.tar.gz': 'b',
      'c-1.0-py3-none-any.whl': 'c',
      'wheels/d-1.0-py3-none-any.whl': 'd',
      'found/e-1.0-py3-none-any.whl': 'e',
      'house/f-1.0-py3-none-any.whl': 'f',
    }
    for (const [name, text] of Object.entries(files)) await put(name, text)
    const before = await inputs({ wheelhouse: 'house' })
    expect(before).toMatch(/ shared$/)
    await put(file, `${files[file as keyof typeof files]}# changed\n`)
    expect(await inputs({ wheelhouse: 'house' })).not.toBe(before)
  })

  test('changes with the settings, a secret index, and a variable that a requirement names', async () => {
    await put('requirements.txt', '--index-url https://${TOKEN}@pypi.example.org/simple\nflask\n')
    const all = [
      await inputs(),
      await inputs({ settings: '{"tool":"uv"}' }),
      await inputs({ secret: 'https://pypi.example.org' }),
      await inputs({ env: { TOKEN: 'x' } }),
    ]
    expect(new Set(all).size).toBe(4)
    expect(await inputs({ env: { OTHER: 'x' } })).toBe(all[0])
  })
})

describe('what is part of the release binds the venv to it', () => {
  test.each([['.'], ['-e .'], ['--editable=./lib'], ['./lib'], ['lib/'], ['.[dev]'], ['name @ file:///ROOT/lib'], ['-e file:///ROOT/lib']])(
    '%s',
    async (line) => {
      await put('requirements.txt', `flask\n${line.replace('/ROOT', root)}\n`)
      await put('lib/setup.py', '')
      expect(await inputs()).toMatch(/^[0-9a-f]{24} bound /)
    },
  )

  test.each([
    ['lib'],
    ['-e git+https://git.example.org/x.git#egg=x'],
    ['git+ssh://git@git.example.org/x.git'],
    ['x @ https://example.org/x.zip'],
    ['# .'],
    ['--no-binary :all:'],
  ])('%s does not', async (line) => {
    await put('requirements.txt', `flask\n${line}\n`)
    await put('lib/setup.py', '')
    expect(await inputs()).toMatch(/ shared$/)
  })
})

test('what is not there is named', async () => {
  await put('requirements.txt', '-r more/base.txt\n')
  const missing = await ask()
  expect([missing.status, missing.stderr]).toEqual([67, `${root}/more/base.txt: No such file or directory\n`])
  await put('more/base.txt', '')
  expect(await ask({ wheelhouse: 'nowhere' })).toMatchObject({ status: 68, stderr: 'nowhere\n' })
})
