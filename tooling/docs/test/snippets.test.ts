import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runCli, runCommand } from '@dragonfab/test-kit'
import ts from 'typescript'
import { afterAll, describe, expect, test } from 'vitest'
import { documents, moduleOf, type Snippet, snippetsOf } from '../src/snippets.ts'
import { typeErrors, workplace } from '../src/workplace.ts'

const folder = workplace()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const all = documents().flatMap(snippetsOf)
/** Snippets with the name of a file lie together, as a project. */
const fileOf = ({ file, info }: Snippet, index: number): string =>
  join(folder, ...(info.endsWith('.ts') ? [file.replaceAll(/\W/g, '-'), info] : [`snippet-${index}.ts`]))
const modules = all
  .filter(({ language }) => language === 'ts')
  .map((snippet, index) => ({ snippet, file: fileOf(snippet, index), ...moduleOf(snippet) }))
for (const { file, text } of modules) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
const configs = modules.filter(({ text }) => text.includes('export default defineConfig('))

describe('configurations in the documentation', () => {
  test('there are some', () => {
    expect(configs.length).toBeGreaterThan(5)
  })

  test('have the types that an editor would show', () => {
    const places = new Map(modules.map(({ file, snippet, offset }) => [file, { snippet, offset }]))
    const errors = typeErrors(modules.map(({ file }) => file)).map((error) => {
      const [, file = '', line = '', message = ''] = /^(.*?):(\d+): ([\s\S]*)$/.exec(error) ?? []
      const { snippet, offset = 0 } = places.get(file) ?? {}
      const [, document = file, begin = '1'] = /^(.*):(\d+)$/.exec(snippet?.place ?? '') ?? []
      return `${document}:${Number(begin) + Number(line) - 1 - offset}: ${message}`
    })
    expect(errors).toEqual([])
  })

  test.each(configs.map(({ snippet, file }) => [snippet.place, file]))('%s is loaded', async (_, file) => {
    const { status, stderr } = await runCli(['list', '--config', file], { cwd: folder })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  test.each(all.filter(({ language }) => language === 'yaml').map(({ place, text, info }) => [place, text, info]))(
    '%s is loaded',
    async (place, text, info) => {
      const own = join(folder, place.replaceAll(/\W/g, '-'))
      mkdirSync(own)
      writeFileSync(join(own, info || 'dragonfab.config.yml'), text)
      const { status, stderr } = await runCli(['list'], { cwd: own })
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    },
  )

  test('the program of packages/run/README.md does what it says', async () => {
    const program = modules.find(({ snippet }) => snippet.file === 'packages/run/README.md')
    const file = join(folder, 'program.mjs')
    writeFileSync(
      file,
      ts.transpileModule(program?.text ?? '', { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } })
        .outputText,
    )
    const { stdout, stderr } = await runCommand([process.execPath, file], { cwd: folder })
    expect({ stdout, stderr }).toEqual({ stdout: 'hello 0 []\n', stderr: '' })
  })

  test('a mistake in a snippet would be seen', () => {
    const file = join(folder, 'wrong.ts')
    writeFileSync(file, "import { defineConfig } from 'dragonfab'\nexport default defineConfig({ appNmae: 'shop' })\n")
    expect(typeErrors([file]).join()).toContain('appNmae')
  })
})
