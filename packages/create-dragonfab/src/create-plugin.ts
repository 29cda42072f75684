import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { definePlugin, isDragonfabError, text, usageError } from '@dragonfab/core'
import { loadProject } from '@dragonfab/plan'
import { isInstalled } from './installed.ts'
import { installCommand } from './package-manager.ts'
import { pluginTestText, pluginText } from './plugin-text.ts'

/** `dragonfab new --plugin NAME [dir]`: a plugin in the project and its test. Overwrites nothing. */
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
  /** The package that has a plugin of this name already. */
  readonly packageOf: (name: string) => string | undefined
  readonly say: (line: string) => void
}): Promise<number> {
  if (operands.length > 1)
    throw usageError({ code: 'NEW_FORM', message: 'new takes one folder', remedy: 'dragonfab new --plugin NAME [dir]' })
  const wrong = describeUnfitName(name, packageOf(name))
  if (wrong) throw usageError({ code: 'BAD_NAME', message: `--plugin ${name}: ${wrong}`, remedy: 'for example: --plugin webpack' })
  const directory = resolve(cwd, operands[0] ?? '.')
  const files = { [`plugins/${name}.ts`]: pluginText(name), [`plugins/${name}.test.mjs`]: pluginTestText(name) }
  const there = Object.keys(files).filter((file) => existsSync(join(directory, file)))
  if (there.length)
    throw usageError({
      code: 'CONFIG_EXISTS',
      message: `${there.join(' and ')} ${there.length > 1 ? 'are' : 'is'} there already, and new never overwrites`,
      remedy: 'take another name',
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

/** The reason why a plugin cannot have this name. The name is a word in TypeScript and in file names, and shares a scope with all variables. */
function describeUnfitName(name: string, taken: string | undefined): string | undefined {
  if (!/^[a-z][A-Za-z0-9]{0,49}$/.test(name)) return 'a plugin’s name is one word of letters and digits, a small letter first'
  if (taken !== undefined) return `${taken} has that name`
  if (reserved.has(name)) return 'that is a word of TypeScript'
  try {
    const plugin = definePlugin({ name, options: { command: text({ help: 'x' }) } })
    loadProject({ appName: 'app', plugins: [plugin()] }, { directory: '/' })
    return undefined
  } catch (error) {
    if (!isDragonfabError(error)) throw error
    return error.problems[0]?.message
  }
}

/** Words that an import cannot bind, or that the skeleton binds itself. */
const reserved = new Set(
  `await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import
   in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with
   yield eval arguments text definePlugin defineConfig env sh local`.split(/\s+/),
)
