import { type Problem, type Sh, usageError } from '@dragonfab/core'

/** The paths of a deployment on a host: absolute, without `..`, and none inside another one that is switched or removed. */
export interface Layout {
  readonly path: string
  readonly releasesPath: string
  readonly sharedPath: string
  readonly currentPath: string
}

/** The names of releases: no separators, blanks or leading `-`, so that each is a plain word in the journal and in lists. */
export const releaseName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** Checks the paths together, and reports all problems at once. */
export function layoutOf(env: Layout): Layout {
  const { path, releasesPath, sharedPath, currentPath } = env
  const places = { path, releasesPath, sharedPath, currentPath }
  const problems = Object.entries(places).flatMap(([name, value]): Problem[] =>
    isAbsolute(value)
      ? []
      : [
          {
            code: 'PATH_NOT_ABSOLUTE',
            message: `${name}: ${JSON.stringify(value)} should be an absolute path without \`.\`, \`..\`, \`//\` or control characters`,
          },
        ],
  )
  const pairs = [
    ['currentPath', 'releasesPath'],
    ['currentPath', 'sharedPath'],
    ['sharedPath', 'releasesPath'],
  ] as const
  for (const [one, other] of pairs) {
    if (!isWithin(places[one], places[other]) && !isWithin(places[other], places[one])) continue
    problems.push({ code: 'PATHS_OVERLAP', message: `${one} and ${other} must not contain each other (${places[one]}, ${places[other]})` })
  }
  if (problems.length) throw usageError(problems)
  return places
}

function isAbsolute(path: unknown): path is string {
  if (typeof path !== 'string' || !path.startsWith('/') || /[\0-\x1f\x7f]/.test(path)) return false
  const parts = path.split('/').slice(1)
  return parts.every((part) => part !== '' && part !== '.' && part !== '..')
}

/** Whether `path` is `folder` or in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

/** The text of the link `current`: relative if possible, so that the tree still works if you move it or reach it by another path. */
export function linkTextOf(layout: Layout, release: string): string {
  const parent = layout.currentPath.slice(0, layout.currentPath.lastIndexOf('/') + 1)
  const target = `${layout.releasesPath}/${release}`
  return target.startsWith(parent) ? target.slice(parent.length) : target
}

/** The paths as shell variables, for the functions of shell/. */
export function layoutVariables(sh: Sh, layout: Layout) {
  const slash = layout.currentPath.lastIndexOf('/')
  const fresh = `${layout.currentPath.slice(0, slash)}/.${layout.currentPath.slice(slash + 1)}.dragonfab`
  return sh`current=${layout.currentPath} releases=${layout.releasesPath} fresh=${fresh}`
}
