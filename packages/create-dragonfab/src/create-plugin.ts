import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { definePlugin, isDragonfabError, text, usageError } from '@dragonfab/core'
import { loadProject } from '@dragonfab/plan'
import { isInstalled } from './installed.ts'
import { installCommand } from './package-manager.ts'
import { pluginTestText, pluginText } from './plugin-text.ts'

/** `dragonfab new --plugin NAME [dir]`: writes a plugin into the project, and its test. It overwrites nothing. */
export async function createPlugin({
  cwd,
  name,
  operands,
  packageOf,
  say,
}: {
  readonly cwd: string
  readonly name: string
  readonly operands: readonly string[]
  /** The package that already has a plugin with this name. */
  readonly packageOf: (name: string) => string | undefined
  readonly say: (line: string) => void
}): Promise<number> {
  if (operands.length > 1)
    throw usageError({ code: 'NEW_FORM', message: 'new takes one folder', remedy: 'write dragonfab new --plugin NAME [dir]' })
  const wrong = describeUnfitName(name, packageOf(name))
  if (wrong) throw usageError({ code: 'BAD_NAME', message: `--plugin ${name}: ${wrong}`, remedy: 'for example: --plugin webpack' })
  const directory = resolve(cwd, operands[0] ?? '.')
  const files = { [`plugins/${name}.ts`]: pluginText(name), [`plugins/${name}.test.mjs`]: pluginTestText(name) }
  const existing = Object.keys(files).filter((file) => existsSync(join(directory, file)))
  if (existing.length)
    throw usageError({
      code: 'CONFIG_EXISTS',
      message: `${existing.join(' and ')} ${existing.length > 1 ? 'already exist' : 'already exists'}, and new never overwrites a file`,
      remedy: 'choose another name',
    })
  mkdirSync(join(directory, 'plugins'), { recursive: true })
  for (const [file, content] of Object.entries(files)) {
    writeFileSync(join(directory, file), content, { flag: 'wx' })
    say(`wrote ${relative(cwd, join(directory, file))}`)
  }
  const wanted = ['dragonfab', '@dragonfab/plugin-release', '@dragonfab/testing'].filter((each) => !isInstalled(each, directory))
  const change = directory === cwd ? '' : `cd ${relative(cwd, directory)} && `
  say('')
  if (wanted.length) say(`install:  ${change}${await installCommand(directory, wanted)}`)
  say(`test it:  ${change}node --test plugins/${name}.test.mjs`)
  say(`use it:   import ${name} from './plugins/${name}.ts' and plugins: [${name}()] in dragonfab.config.ts`)
  return 0
}

/** Why a plugin cannot have this name. The name is used in TypeScript and in file names, and must differ from all variables. */
function describeUnfitName(name: string, taken: string | undefined): string | undefined {
  if (!/^[a-z][A-Za-z0-9]{0,49}$/.test(name))
    return 'the name of a plugin must be one word of letters and digits that begins with a lower-case letter'
  if (taken !== undefined) return `${taken} already has this name`
  if (reserved.has(name)) return 'this is a reserved word in TypeScript or in the generated files'
  try {
    const plugin = definePlugin({ name, options: { command: text({ help: 'x' }) } })
    loadProject({ appName: 'app', plugins: [plugin()] }, { directory: '/' })
    return undefined
  } catch (error) {
    if (!isDragonfabError(error)) throw error
    return error.problems[0]?.message
  }
}

/** Words that an import cannot bind, or that the generated files use themselves. */
const reserved = new Set(
  `await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import
   in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with
   yield eval arguments text definePlugin defineConfig env sh local`.split(/\s+/),
)
