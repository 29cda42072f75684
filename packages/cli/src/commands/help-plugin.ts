import { flagName, importModule, ownPackage, ownPluginNames, readDefault, resolvePackage } from '@dragonfab/config'
import { type AnyPlugin, didYouMean, type Field, isPlugin, usageError } from '@dragonfab/core'
import type { Project } from '@dragonfab/plan'

/** `help git`: a plugin's options, its tasks, and the signals that it has hooks on. `project` is given if there is a configuration. */
export async function pluginHelp(name: string, directory: string, project: Project | undefined): Promise<string> {
  const plugin = project?.plugins.find((each) => each.name === name) ?? (await importInstalled(name, directory))
  if (plugin) return describePlugin(plugin)
  const known = [...new Set([...(project?.plugins.map((each) => each.name) ?? []), ...ownPluginNames])]
  const { installCommand } = await import('create-dragonfab')
  const ours = ownPluginNames.includes(name)
  throw usageError({
    code: 'PLUGIN_MISSING',
    message: `there is no plugin ‘${name}’`,
    remedy: ours
      ? await installCommand(directory, [ownPackage(name).name])
      : (didYouMean(name, known) ?? 'run `dragonfab list` to see the plugins and tasks, or `dragonfab --help` to see the commands'),
  })
}

async function importInstalled(name: string, directory: string): Promise<AnyPlugin | undefined> {
  if (!/^[\w@./-]+$/.test(name) || name.startsWith('.')) return undefined
  const own = ownPackage(name)
  const file = resolvePackage(own.name, directory, own.entry) ?? resolvePackage(name, directory)
  if (!file) return undefined
  const exported = readDefault(await importModule(file, directory))
  const made = typeof exported === 'function' ? (exported as () => unknown)() : exported
  return isPlugin(made) ? made : undefined
}

function describePlugin(plugin: AnyPlugin): string {
  const options = Object.entries(plugin.options).map(([key, field]) => formatRow(`${plugin.name}.${key}`, field))
  const variables = Object.entries(plugin.variables).map(([key, field]) => formatRow(key, field))
  const tasks = [
    ...Object.entries(plugin.flows).map(([key, flow]) => `  ${key}  ${flow.summary}`),
    ...Object.entries(plugin.tasks).map(([key, task]) => `  ${key}${task.args?.length ? `:${task.args.join(',')}` : ''}  ${task.summary}`),
  ]
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Options', options],
    ['Variables of the environment', variables],
    ['Tasks', tasks],
    ['Acts on', Object.keys(plugin.hooks).map((signal) => `  ${signal}`)],
    ['Its own signals', plugin.signals.map((signal) => `  ${signal}`)],
    ['Needs', plugin.needs.map((each) => `  ${each.name}`)],
  ]
  const body = sections.filter(([, lines]) => lines.length).map(([title, lines]) => `${title}\n${lines.join('\n')}`)
  return `${plugin.name}\n\n${body.join('\n\n')}\n`
}

function formatRow(name: string, field: Field): string {
  const notes = [
    field.kind === 'secretText' ? 'secret' : field.kind,
    ...(field.required ? ['required'] : []),
    ...(field.default === undefined || typeof field.default === 'function' ? [] : [`default ${JSON.stringify(field.default)}`]),
    ...(field.choices ? [field.choices.join(' | ')] : []),
    ...(field.alias.length ? [`also ${field.alias.join(', ')}`] : []),
  ]
  return `  ${name}  (--${flagName(name)})\n      ${field.help}\n      ${notes.join(' · ')}`
}
