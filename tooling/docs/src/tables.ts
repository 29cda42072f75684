import { fileURLToPath } from 'node:url'
import type { AnyPlugin, Field, Variable } from '@dragonfab/core'
import { loadProject, type Project } from '@dragonfab/plan'
import git from '@dragonfab/plugin-git'
import { flags } from '../../../packages/config/src/arguments/flags.ts'
import { releaseInOrder } from './release-order.ts'

/** What is declared once core, release and git are there, or with another plugin. */
function project(plugin: AnyPlugin = git({ repo: '.' })): Project {
  return loadProject({ appName: 'shop', plugins: [plugin] }, { directory: fileURLToPath(new URL('.', import.meta.url)) })
}

/** Tables that are made from what the program declares, by the name that stands in their markers; `others` are plugins besides git and release. */
export function tables(others: readonly AnyPlugin[] = []): ReadonlyMap<string, string> {
  const { variables, flows, plugins } = project()
  const of = (plugin: string) => variables().filter((variable) => variable.plugin === plugin)
  return new Map([
    ['variables of release', ownTable(of('release'))],
    ['options of git', ownTable(of('git'))],
    ...others.map((plugin) => {
      const own = project(plugin)
        .variables()
        .filter((variable) => variable.plugin === plugin.name)
      return [`options of ${plugin.name}`, ownTable(own)] as const
    }),
    ['core variables', variableTable(of('core'))],
    ['release variables', variableTable(of('release'))],
    ['git options', variableTable(of('git'))],
    ['release in order', releaseInOrder()],
    ['flags', table(['flag', 'means'], (flags as readonly FlagLike[]).map(flagRow))],
    ...Object.values(flows)
      // Another name of a flow that has its table.
      .filter(({ flow }) => !flow.overridable)
      .filter(({ plugin }) => plugin === 'release')
      .map(({ name, flow }) => [`flow ${name}`, flowTable(flow.phases, plugins)] as const),
  ])
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

// `<appName>` would be taken for an element of HTML.
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;')
const quoted = (text: string): string => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``)

function variableTable(variables: readonly Variable[]): string {
  return table(
    ['variable', 'kind', 'default', 'meaning', 'also called'],
    variables.map(({ name, field, aliases, plugin }) => [
      quoted(name),
      kindOf(field),
      typeof field.fact === 'string' && plugin !== 'core' ? `known ${cell(field.fact)}` : defaultOf(field),
      cell(field.help),
      aliases
        .filter((alias) => field.alias.includes(alias))
        .map(quoted)
        .join(', '),
    ]),
  )
}

/** For the README of one plugin: names without its own, and every name that is understood. */
function ownTable(variables: readonly Variable[]): string {
  return table(
    ['option', 'kind', 'default', 'meaning', 'also called'],
    variables.map(({ name, field, aliases, plugin }) => [
      quoted(name.startsWith(`${plugin}.`) ? name.slice(plugin.length + 1) : name),
      kindOf(field),
      typeof field.fact === 'string' ? `known ${cell(field.fact)}` : defaultOf(field),
      cell(field.help),
      aliases.map(quoted).join(', '),
    ]),
  )
}

function kindOf({ kind, choices, required }: Field): string {
  const word = choices ? choices.map(quoted).join(', ') : kind === 'secretText' ? 'secret' : kind === 'whole' ? 'whole number' : kind
  return required ? `${word}, required` : word
}

/** What a function computes is told by the help. */
function defaultOf({ default: value }: Field): string {
  if (value === undefined || typeof value === 'function') return ''
  return quoted(typeof value === 'string' ? value : JSON.stringify(value))
}

interface FlagLike {
  readonly name: string
  readonly short?: string
  readonly aliases?: readonly string[]
  readonly value?: string
  readonly help: string
}

function flagRow({ name, short, aliases = [], value, help }: FlagLike): readonly string[] {
  const spellings = [
    `--${name}${value === undefined ? '' : ` ${value}`}`,
    ...(short ? [`-${short}`] : []),
    ...aliases.map((alias) => `--${alias}`),
  ]
  return [spellings.map(quoted).join(', '), cell(help)]
}

function flowTable(phases: Project['flows'][string]['flow']['phases'], plugins: Project['plugins']): string {
  const acts = (signal: string) => plugins.filter(({ hooks }) => hooks[signal] !== undefined).map(({ name }) => name)
  return table(
    ['phase', 'signal', 'plugins', 'undo'],
    phases.flatMap(({ signals, undo = [], live }, index) =>
      signals.map((signal, position) => [
        position ? '' : `${index + 1}${live ? ', live' : ''}`,
        quoted(signal),
        acts(signal).join(', '),
        position ? '' : undo.map(quoted).join(', '),
      ]),
    ),
  )
}

const marker = /(<!-- table: ([^>]+) -->\n)[\s\S]*?(<!-- end -->)/g

/** The text of a document with its tables as they are now. Throws for a table that nobody makes. */
export function withTables(text: string, others: readonly AnyPlugin[] = []): string {
  const all = tables(others)
  return text.replace(marker, (_, head: string, name: string, tail: string) => {
    const made = all.get(name)
    if (made === undefined) throw new Error(`there is no table ${name}; there are: ${[...all.keys()].join(', ')}`)
    return `${head}${made}\n${tail}`
  })
}
