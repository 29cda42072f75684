import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { hide } from '@dragonfab/core'
import { parse } from 'dotenv'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeDifference, encodeValue, findValueProblem } from '../src/dotenv/encode.ts'
import { findNameProblem } from '../src/dotenv/table.ts'
import { writeEnvironment } from '../src/steps/environment.ts'
import { hostile, impossible } from './hostile.ts'
import { createShellHost, type ShellHost, shells, spawn, type TestShell } from './shells.ts'
import { readAsSystemd } from './systemd-reader.ts'

const plain = { file: '.env', format: 'plain' } as const
const variablesOf = (values: readonly string[]) => Object.fromEntries(values.map((value, index) => [`V${index}`, value]))

/** The values that a shell has after it has read the file. */
function readBy(shell: TestShell, file: string, count: number): readonly string[] {
  const prints = Array.from({ length: count }, (_, index) => `printf '%s\\0' "$V${index}"`)
  const { status, stdout, stderr } = spawn(shell, ['. "$FILE"', ...prints].join('\n'), { ...process.env, FILE: file })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout.split('\0').slice(0, -1)
}

describe.each(shells)('INJ-04: .env written in %s', (shell) => {
  let h: ShellHost
  beforeEach(() => {
    h = createShellHost(shell)
    mkdirSync(join(h.releasesPath, 'r'), { recursive: true })
  })
  afterEach(() => h.remove())

  const write = (values: Parameters<typeof writeEnvironment>[2], options: Parameters<typeof writeEnvironment>[3] = plain) => {
    const [step] = writeEnvironment(h, 'r', values, options)
    expect(h.run(step)).toEqual({ status: 0, stdout: '', stderr: '' })
    return join(h.releasesPath, 'r/.env')
  }

  it(`is read back unchanged in dash, bash, busybox and systemd: ${hostile.length} values, as they are and as secrets`, () => {
    expect(hostile.length).toBeGreaterThan(150)
    for (const values of [
      variablesOf(hostile),
      Object.fromEntries(hostile.map((value, index) => [`V${index}`, hide(value, `v${index}`)])),
    ]) {
      const file = write(values)
      for (const reader of shells) expect(readBy(reader, file, hostile.length)).toEqual(hostile)
      expect([...readAsSystemd(readFileSync(file, 'utf8')).values()]).toEqual(hostile)
      expect(existsSync(join(h.path, 'canary'))).toBe(false)
      rmSync(join(h.releasesPath, 'r/.env'))
    }
  })

  it('is read back unchanged, whatever its values', () => {
    const characters = fc.constantFrom(...'\'"`$\\!#=;&|<>(){}[]*?~%-+@:,./ \t\nabAB01é😀\u0081\u0088')
    const value = fc.string({ unit: characters, maxLength: 12 })
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (values) => {
        const file = write(variablesOf(values))
        for (const reader of shells) expect(readBy(reader, file, values.length)).toEqual(values)
        expect([...readAsSystemd(readFileSync(file, 'utf8')).values()]).toEqual(values)
      }),
      { numRuns: 15 },
    )
  })

  it('exports its variables with the format export', () => {
    const file = write({ V0: 'a b', V1: hide('$x') }, { file: '.env', format: 'export' })
    const { stdout } = spawn(shell, '. "$FILE"; env', { PATH: process.env.PATH, FILE: file })
    expect(stdout).toContain('V0=a b\n')
    expect(stdout).toContain('V1=$x\n')
  })

  it('replaces the file of the repository, which is moved aside', () => {
    h.write('releases/r/.env', 'A=shipped\n')
    chmodSync(join(h.releasesPath, 'r/.env'), 0o644)
    write({ A: 'new' })
    expect(h.read('releases/r/.env')).toBe('A=new\n')
    expect(h.read('releases/r/.shipped/.env')).toBe('A=shipped\n')
    expect(statSync(join(h.releasesPath, 'r/.env')).mode & 0o777).toBe(0o600)
  })

  it('is 0640 for a group, and fails if the group does not exist', () => {
    const [step] = writeEnvironment(h, 'r', { A: 'x' }, { ...plain, group: '33' })
    expect(h.run(step)).toMatchObject({ status: 0 })
    expect(statSync(join(h.releasesPath, 'r/.env'))).toMatchObject({ mode: 0o100640, gid: 33 })
    const [bad] = writeEnvironment(h, 'r', { A: 'x' }, { ...plain, group: 'nosuchgroup' })
    expect(h.run(bad)).toMatchObject({ status: 74, stderr: expect.stringContaining('nosuchgroup') })
  })
})

describe('values that cannot be read back', () => {
  it.each(impossible.map((value) => [JSON.stringify(value.slice(0, 20)), value]))('%s is refused, without showing it', (_, value) => {
    expect(findValueProblem('A', value)).toMatch(/^(has|is) /)
    if (value.length > 1) expect(findValueProblem('A', value)).not.toContain(value)
  })

  it('accepts the longest value that Linux accepts', () => {
    const longest = 'x'.repeat(131_069)
    expect(findValueProblem('A', longest)).toBeUndefined()
    expect(findValueProblem('A', `${longest}x`)).toContain('131072')
    expect(spawnSync('true', { env: { A: longest } }).status).toBe(0)
    expect(spawnSync('true', { env: { A: `${longest}xx` } }).error).toMatchObject({ code: 'E2BIG' })
  })

  it.each(['', '1A', 'A-B', 'A B', 'A=B', 'é', 'A\n', '-x', '$(x)', 'UID', '_', 'PPID', 'SHELLOPTS', 'RANDOM', 'OPTIND', 'BASH_VERSINFO'])(
    'the name %j is refused',
    (name) => {
      expect(findNameProblem(name)).toMatch(/^is /)
    },
  )

  it.each(['A', '_A', 'PATH', 'a1', 'LC_ALL', 'DJANGO_SETTINGS_MODULE'])('the name %j is accepted', (name) => {
    expect(findNameProblem(name)).toBeUndefined()
  })
})

describe('the real systemd', () => {
  const present = spawnSync('systemd-tmpfiles', ['--version']).status === 0
  // It reads os-release with the function that reads EnvironmentFile=, and prints one of its values.
  const readReal = (root: string, content: string): string => {
    writeFileSync(join(root, 'etc/os-release'), content)
    rmSync(join(root, 'out'), { force: true })
    const { status, stderr } = spawnSync('systemd-tmpfiles', [`--root=${root}`, '--create', join(root, 'print.conf')], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return readFileSync(join(root, 'out'), 'utf8').slice(1, -1)
  }

  if (!present) process.emitWarning('systemd-tmpfiles is not installed: .env was not read by the real systemd')

  it.runIf(present)('reads every value unchanged, as the reader above does', () => {
    const root = mkdtempSync(join(tmpdir(), 'systemd-'))
    mkdirSync(join(root, 'etc'))
    writeFileSync(join(root, 'print.conf'), 'f /out 0644 - - - <%B>\n')
    // The printing tool takes no path over 4 KiB.
    for (const value of hostile.filter((each) => each.length < 4000)) {
      const content = `ID=x\nVERSION_ID=1\nA='\n'\nBUILD_ID=${encodeValue(value).text}\nB=c\n`
      expect(readReal(root, content)).toBe(value)
      expect(readAsSystemd(content).get('BUILD_ID')).toBe(value)
    }
    // Both readers must also agree on text that the encoder never writes, or the comparison would show little.
    for (const text of ['a b  ', ' a', '"a" \'b\'', 'a\\\nb', '"a\\b"', "'a\\b'", '"a\\\nb"', 'a"b"', '$x', 'a\\"b', ' ', "'a\\' b"]) {
      const content = `ID=x\nBUILD_ID=${text}\n`
      expect([text, readReal(root, content)]).toEqual([text, readAsSystemd(content).get('BUILD_ID')])
    }
    rmSync(root, { recursive: true })
  })
})

describe('dotenv libraries', () => {
  const readers = { dotenv: (text: string) => parse(text).A, 'node --env-file': (text: string) => parseEnv(text).A }

  it.each(Object.entries(readers))('%s reads values without a warning unchanged', (_, read) => {
    const quiet = hostile.filter((value) => describeDifference(value) === undefined)
    expect(quiet.length).toBeGreaterThan(80)
    for (const value of quiet) expect([value, read(`A=${encodeValue(value).text}\nB=c\n`)]).toEqual([value, value])
    const characters = fc.constantFrom(...'\'"`$\\!#=;&|(){} \t\nabn0é')
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 10 }), (value) => {
        if (describeDifference(value) === undefined) expect(read(`A=${encodeValue(value).text}\nB=c\n`)).toBe(value)
      }),
    )
  })

  it.each(['C:\\new', '\'"$', "it's `x`", '$HOME', '${x}', 'pa$word', 'a\n"b"'])('warns of %j', (value) => {
    expect(describeDifference(value)).toMatch(/^has /)
  })

  it('warns with the name of the variable, once for all hosts, and never shows the value', () => {
    const h = createShellHost('dash')
    mkdirSync(h.releasesPath, { recursive: true })
    const [, warning] = writeEnvironment(h, 'r', { OK: 'x', KEY: hide('dont"say\'') }, plain)
    expect(warning).toMatchObject({ firstHost: true, allowFailure: true })
    expect(h.run(warning).stderr).toMatch(/^KEY has both quotes/)
    expect(String(warning?.kind === 'shell' && warning.text)).not.toContain('dont')
    h.remove()
  })
})
