import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publishable, readJson, root } from '../lib/root.mjs'

/** Checks that every changeset names existing packages, and that every package gets its first version. */
export async function changesets(base = root, packages = publishable()) {
  const directory = join(base, '.changeset')
  const config = readJson(join(directory, 'config.json'))
  const unsafe = config.___experimentalUnsafeOptions_WILL_CHANGE_IN_PATCH
  const problems = []
  // Without it, a minor version of core would make a major one of every plugin.
  if (unsafe?.onlyUpdatePeerDependentsWhenOutOfRange !== true)
    problems.push('config.json: onlyUpdatePeerDependentsWhenOutOfRange must be true')
  const known = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version]))
  const named = new Set()
  for (const name of readdirSync(directory).filter((one) => one.endsWith('.md') && one !== 'README.md')) {
    const [, head = '', body = ''] = readFileSync(join(directory, name), 'utf8').split(/^---$/m)
    if (!body.trim()) problems.push(`${name}: does not describe the change`)
    for (const line of head.trim().split('\n').filter(Boolean)) {
      const [, changed, kind] = /^['"]?([^'"]+)['"]?: (major|minor|patch)$/.exec(line.trim()) ?? []
      if (!kind) problems.push(`${name}: cannot be read: ${line}`)
      else if (!known.has(changed)) problems.push(`${name}: there is no package ${changed}`)
      else named.add(changed)
    }
  }
  for (const [name, version] of known)
    if (version === '0.0.0' && !named.has(name)) problems.push(`${name} has no version and no changeset that gives it one`)
  return problems
}
