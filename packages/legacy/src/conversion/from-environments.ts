import { execFileSync } from 'node:child_process'
import { basename, dirname } from 'node:path'
import { usageError } from '@dragonfab/core'
import { loadProject } from '@dragonfab/plan'
import { ofEnvironments } from '../deployfile/original-plugins.ts'
import { mapTexts } from '../deployfile/table.ts'
import { findVariable } from '../deployfile/variables.ts'
import { literals, type PythonDict, type PythonValue } from './python.ts'
import { Properties, printValue, RawText } from './typescript.ts'

export interface WrittenConfig {
  readonly text: string
  /** Notes about parts that were not converted, or that you should check. */
  readonly notes: readonly string[]
}

/**
 * Converts the environments file of the original dragonfab into a typed configuration. Python parses the file but does not run it: only
 * literals, and names of literals, are converted. Everything else is reported with its line.
 */
export function fromEnvironments(file: string): WrittenConfig {
  const { environments, comments, notes } = parseFile(file)
  const own = new Set<string>()
  const used = new Set<string>()
  const all = new Properties()
  const said = [...notes]
  for (const [name, { value, line }] of environments.entries) {
    if (value.kind !== 'dict') {
      said.push(`${basename(file)}:${line}: ${name} is not a dictionary, and was left out`)
      continue
    }
    const above = comments(line)
    all.add(name, convertEnvironment(value, { own, used, comments, notes: said, file: basename(file) }), above)
  }
  const config = new Properties()
  config.add('appName', findAppName(environments) ?? basename(dirname(file)).replace(/[^\w.-]/g, '-'))
  if (own.size) config.add('vars', Object.fromEntries([...own].sort().map((name) => [name, new RawText('undefined as unknown')])))
  const plugins = [...used].sort()
  if (plugins.length) config.add('plugins', new RawText(`[${plugins.map((name) => `${name}()`).join(', ')}]`))
  config.add('environments', all)
  const imports = [...plugins.map((name) => `import ${name} from '@dragonfab/plugin-${name}'`), "import { defineConfig } from 'dragonfab'"]
  return { text: `${imports.join('\n')}\n\nexport default defineConfig(${printValue(config)})\n`, notes: said }
}

const coreVariables = loadProject({ appName: 'x' }, { directory: '/' }).variables()

interface ConversionTarget {
  readonly own: Set<string>
  readonly used: Set<string>
  readonly comments: (line: number) => readonly string[]
  readonly notes: string[]
  readonly file: string
}

function convertEnvironment(table: PythonDict, { own, used, comments, notes, file }: ConversionTarget): Properties {
  const made = new Properties()
  for (const [key, { value, line }] of table.entries) {
    if (value.kind === 'other') {
      notes.push(`${file}:${line}: ${key} is computed (${value.text}): write it as a function of env, or as text with %(…)s`)
      continue
    }
    const plain = toPlainValue(value)
    // In Python, None means “not set”.
    if (plain === null) continue
    const core = findVariable(coreVariables, key)
    const known = core ? { name: core.name, plugin: undefined } : ofEnvironments[key]
    if (known?.plugin) used.add(known.plugin)
    const [section, option] = (known?.name ?? `vars.${key}`).split('.', 2)
    if (!known) own.add(key)
    if (/password/.test(key)) notes.push(`${file}:${line}: ${key} is a secret: read it from the environment with secret.env('…')`)
    const target = option === undefined ? made : made.section(section ?? '')
    target.add(option ?? section ?? key, key === 'hosts' ? plain : mapTexts(plain, escapePercents), comments(line))
  }
  return made
}

/** Text from Python has no placeholders, so percent signs are escaped. */
const escapePercents = (text: string): string => (/%[%(]/.test(text) ? text.replaceAll('%', '%%') : text)

function toPlainValue(value: PythonValue): unknown {
  if (value.kind === 'dict') return Object.fromEntries([...value.entries].map(([key, each]) => [key, toPlainValue(each.value)]))
  if (value.kind === 'list') return value.items.map(toPlainValue)
  return value.kind === 'scalar' ? value.value : null
}

function findAppName({ entries }: PythonDict): string | undefined {
  for (const [, { value }] of entries) {
    const name = value.kind === 'dict' ? value.entries.get('package_name')?.value : undefined
    if (name?.kind === 'scalar' && typeof name.value === 'string') return name.value
  }
  return undefined
}

function parseFile(file: string) {
  let output: string
  try {
    output = execFileSync('python3', ['-I', '-c', literals, file], { encoding: 'utf8', maxBuffer: 1e8, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string }
    if (code === 'ENOENT')
      throw usageError({
        code: 'NEW_PYTHON',
        message: `python3 is needed to read ${file}, and is not installed`,
        remedy: 'install it, or write the configuration with dragonfab new',
      })
    throw usageError({ code: 'CONFIG_SYNTAX', message: stderr.trim() || `${file} cannot be read` })
  }
  const raw = JSON.parse(output) as {
    environments: RawNode
    comments: Readonly<Record<string, readonly string[]>>
    notes: readonly string[]
  }
  const environments = reviveNode(raw.environments)
  if (environments.kind !== 'dict')
    throw usageError({ code: 'BAD_CONFIG', message: `${file} has no dictionary called environments`, remedy: 'environments = { … }' })
  // Each comment is used once, with the first key of its line.
  const left = new Map(Object.entries(raw.comments))
  const comments = (line: number): readonly string[] => {
    const found = left.get(String(line)) ?? []
    left.delete(String(line))
    return found
  }
  return { environments, notes: raw.notes, comments }
}

type RawNode =
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [string, number, RawNode])[] }
  | { readonly kind: 'list'; readonly items: readonly RawNode[] }
  | { readonly kind: 'scalar'; readonly value: unknown }
  | { readonly kind: 'other'; readonly text: string }

function reviveNode(node: RawNode): PythonValue {
  if (node.kind === 'dict')
    return { kind: 'dict', entries: new Map(node.entries.map(([key, line, value]) => [key, { line, value: reviveNode(value) }])) }
  if (node.kind === 'list') return { kind: 'list', items: node.items.map(reviveNode) }
  return node
}
