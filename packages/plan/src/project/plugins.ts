import { type AnyPlugin, describeValue, isPlugin, type Report } from '@dragonfab/core'
import { describeBadName } from './names.ts'

/** The plugins of a config and those that they need: each once, after those that it needs. The config's own listing wins. */
export function orderPlugins(listed: unknown, report: Report): readonly AnyPlugin[] {
  const listedPlugins = readPluginList(listed, report)
  const byName = new Map<string, AnyPlugin>()
  for (const plugin of listedPlugins) {
    if (byName.has(plugin.name)) report('DUPLICATE_PLUGIN', `plugins: ${plugin.name} is listed twice`, 'give all its options in one place')
    else byName.set(plugin.name, plugin)
  }
  const ordered = new Set<AnyPlugin>()
  const visiting: string[] = []
  const visit = (plugin: AnyPlugin) => {
    if (ordered.has(plugin)) return
    if (visiting.includes(plugin.name)) {
      report('PLUGIN_CYCLE', `plugins need each other: ${[...visiting.slice(visiting.indexOf(plugin.name)), plugin.name].join(' → ')}`)
      return
    }
    visiting.push(plugin.name)
    for (const need of plugin.needs) {
      if (!byName.has(need.name)) byName.set(need.name, need)
      visit(byName.get(need.name) ?? need)
    }
    visiting.pop()
    ordered.add(plugin)
  }
  for (const plugin of [...byName.values()]) visit(plugin)
  for (const { name } of ordered) {
    const bad = describeBadName(name)
    if (bad) report('BAD_NAME', `plugins: ${bad}`)
  }
  return [...ordered]
}

function readPluginList(listed: unknown, report: Report): readonly AnyPlugin[] {
  if (listed === undefined || listed === null) return []
  const entries: readonly unknown[] = Array.isArray(listed) ? listed : [listed]
  return entries.flatMap((entry, index) => {
    const configPath = `plugins[${index}]`
    if (isPlugin(entry)) return [entry]
    if (typeof entry === 'string') {
      const name = packageNameOf(entry)
      report('PLUGIN_NOT_INSTALLED', `${configPath}: ${JSON.stringify(entry)} is not installed`, name && `npm install --save-dev ${name}`)
    } else if (typeof entry === 'function' && 'plugin' in entry) {
      report('BAD_PLUGIN', `${configPath} is the factory of ${String(entry.plugin)}, not a plugin`, `call it: ${String(entry.plugin)}()`)
    } else {
      report(
        'BAD_PLUGIN',
        `${configPath} should be a plugin, not ${describeValue(entry)}`,
        'call the plugin: git({ … }); for one that is not always used: ...(ci ? [webpack()] : [])',
      )
    }
    return []
  })
}

/** The package of a plugin's short name: `git` → `@dragonfab/plugin-git`. Undefined for a path. */
function packageNameOf(plugin: string): string | undefined {
  if (/^[./~]/.test(plugin)) return undefined
  return /^[\w-]+$/.test(plugin) ? `@dragonfab/plugin-${plugin}` : plugin
}
