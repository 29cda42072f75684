import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type AnyPlugin, usageError } from '@dragonfab/core'
import { loadProject } from '@dragonfab/plan'
import { parseDocument } from 'yaml'
import { convertDeployfile } from '../deployfile/convert-deployfile.ts'
import { namedPlugins, pluginName } from '../deployfile/plugins.ts'
import { isTable, listRoleTables } from '../deployfile/table.ts'
import { commentsOf } from './comments.ts'
import { ConfigWriter } from './config-writer.ts'
import { fromEnvironments, type WrittenConfig } from './from-environments.ts'
import { pushDown } from './push-down.ts'
import { printValue, RawText } from './typescript.ts'

/** Functions of the program that a conversion needs: to read files, find plugins and name their packages. */
export interface ConversionTools {
  /** A deployfile's value, read as YAML 1.1. */
  readonly readDeployfile: (file: string) => Promise<unknown>
  readonly loadPlugins: (written: readonly string[], directory: string) => Promise<readonly AnyPlugin[]>
  /** The package of a plugin with a short name, and its entry if that is not the main one. */
  readonly packageOf: (name: string) => { readonly name: string; readonly entry?: string }
}

/** Converts a `deploy.yml` or an `environments.py` into a typed configuration. `written` is the name of the file as given. */
export async function convertOriginal(file: string, written: string, tools: ConversionTools): Promise<WrittenConfig> {
  if (/\.ya?ml$/.test(file)) return fromDeployfile(file, tools)
  if (file.endsWith('.py')) return fromEnvironments(file)
  throw usageError({
    code: 'NEW_FORM',
    message: `--from ${written}: this is neither a deploy.yml nor an environments.py`,
    remedy: 'name a file of one of these types',
  })
}

/** Converts a deployfile into a typed configuration in which every host has the same variables as before. */
async function fromDeployfile(file: string, tools: ConversionTools): Promise<WrittenConfig> {
  const read = await tools.readDeployfile(file)
  const written = isTable(read) ? read : {}
  const names = namedPlugins(written, listRoleTables(written)).all
  const plugins = await tools.loadPlugins(names, dirname(file))
  const { config, notes } = convertDeployfile(written, plugins)
  loadProject(config, { directory: dirname(file), file, roleTablesReplace: true })
  const comments = commentsOf(parseDocument(readFileSync(file, 'utf8')))
  const project = loadProject({ appName: 'x', plugins }, { directory: '/' })
  const writer = new ConfigWriter(project.variables(), comments)
  const imported = importsOf(names, plugins, tools.packageOf)
  const body = writer.config(pushDown(config, project.variables()), new RawText(`[${imported.calls.join(', ')}]`))
  const head = comments.head.map((line) => `// ${line}`.trimEnd())
  const foot = comments.foot.map((line) => `// ${line}`.trimEnd())
  const lines = [...imported.lines, '', ...head, `export default defineConfig(${printValue(body)})`, ...foot]
  return { text: `${lines.join('\n')}\n`, notes: [...notes, ...writer.notes] }
}

/** The imports of plugins. `release` is listed only if no other plugin needs it. */
function importsOf(
  names: readonly string[],
  plugins: readonly AnyPlugin[],
  packageOf: ConversionTools['packageOf'],
): { readonly lines: readonly string[]; readonly calls: readonly string[] } {
  const isNeeded = (name: string): boolean => plugins.some(({ needs }) => needs.some((need) => need.name === name))
  const listed = names.filter((written, index) => pluginName(written) !== 'release' || !isNeeded(plugins[index]?.name ?? ''))
  const known = listed.map((written) => ({ identifier: identifier(pluginName(written)), from: importOf(pluginName(written), packageOf) }))
  const lines = [...known.map(({ identifier, from }) => `import ${identifier} from '${from}'`), "import { defineConfig } from 'dragonfab'"]
  return {
    lines: lines.sort((a, b) => (a.split(" from '")[1] ?? '').localeCompare(b.split(" from '")[1] ?? '')),
    calls: known.map((each) => `${each.identifier}()`),
  }
}

const identifier = (name: string): string =>
  name
    .replace(/^.*\//, '')
    .replace(/\.[cm]?[jt]s$/, '')
    .replace(/[-_.]+(\w)/g, (_, letter: string) => letter.toUpperCase())

function importOf(name: string, packageOf: ConversionTools['packageOf']): string {
  if (/^[./]/.test(name) || name.startsWith('@')) return name
  const own = packageOf(name)
  return own.entry ? `${own.name}/${own.entry}` : own.name
}
