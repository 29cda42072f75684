/** Dragonfab's own plugins. Other plugins are found by the name of their package. */
const ownPlugins = [
  'release',
  'git',
  'upload',
  'curl',
  'virtualenv',
  'supervisorctl',
  'systemd',
  'localshared',
  'healthcheck',
  'notify',
  'fis',
  'maintenance',
  'data',
  'apt',
  'init',
  'linkchecker',
  'lxc',
  'deb',
  'postgres',
] as const

/** Plugins of fapistrano whose package has another name in Dragonfab: the plugin that contains each, and the entry of its package. */
const legacyPlugins: Readonly<Record<string, { readonly plugin: (typeof ownPlugins)[number]; readonly entry: string }>> = {
  virtualenvwrapper: { plugin: 'virtualenv', entry: 'virtualenvwrapper' },
  virtualenvtools: { plugin: 'virtualenv', entry: 'virtualenvtools' },
  slack: { plugin: 'notify', entry: 'slack' },
  git2slack: { plugin: 'notify', entry: 'git2slack' },
}

/** All names that a configuration may use for Dragonfab's own plugins. */
export const ownPluginNames: readonly string[] = [...ownPlugins, ...Object.keys(legacyPlugins)]

/** The package that would contain the plugin with this short name, and the entry to import if it is not the main one. */
export function ownPackage(name: string): { readonly name: string; readonly entry?: string } {
  const legacy = Object.hasOwn(legacyPlugins, name) ? legacyPlugins[name] : undefined
  return legacy ? { name: `@dragonfab/plugin-${legacy.plugin}`, entry: legacy.entry } : { name: `@dragonfab/plugin-${name}` }
}
