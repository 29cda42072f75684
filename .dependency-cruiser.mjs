// Which file may import which. `npm run check` asks it of all packages, types included.

/** What a package may import of the others, besides what is below. */
const arrows = {
  core: [],
  plan: ['core'],
  upload: ['core'],
  ssh: ['core'],
  run: ['core', 'plan', 'upload'],
  testing: ['config', 'core', 'plan', 'run'],
  legacy: ['core', 'plan'],
  'create-dragonfab': ['core', 'plan'],
  // A package that is missing is reported with the command that installs it, which create-dragonfab knows.
  config: ['core', 'create-dragonfab', 'legacy', 'plan'],
  cli: ['config', 'core', 'create-dragonfab', 'legacy', 'plan', 'run', 'ssh'],
}
const own = (name) => `^packages/${name}/`
const anyOf = (names) => `^packages/(?:${names.join('|')})/`

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circle-of-files',
      comment: 'Files that import each other, be it for types alone, are one file: move what both need below them.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-circle-of-folders',
      comment: 'In core and plan folders are layers.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^packages/(?:core|plan)/src/' },
      to: { circular: true },
    },
    ...Object.entries(arrows).map(([name, below]) => ({
      name: `arrows-of-${name}`,
      comment: `${name} imports ${below.length ? below.join(', ') : 'no other package of this workspace'}`,
      severity: 'error',
      from: { path: own(name) },
      to: { path: '^packages/', pathNot: anyOf([name, ...below]) },
    })),
    {
      name: 'arrows-of-plugins',
      comment: 'A plugin imports core, upload, and the plugins that it needs.',
      severity: 'error',
      from: { path: '^packages/plugin-' },
      to: { path: '^packages/(?!plugin-|core/|upload/)' },
    },
    {
      name: 'insides-of-a-package',
      comment: 'A package is imported by its name, at what it exports.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: ['^packages/$1/', '^packages/[^/]+/src/(?:(?:env/)?index|flags)\\.ts$'] },
    },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$|/test/|/dist/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['dragonfab-source', 'import', 'node', 'types', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
