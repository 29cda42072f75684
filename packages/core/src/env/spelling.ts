/**
 * All spellings of one name come to the same text: `keepReleases`, `keep_releases`, `keep-releases` → `keep_releases`;
 * `git.shallowClone`, `git_shallow_clone`, `git-shallow-clone` → `git_shallow_clone`.
 */
export function normalizeName(name: string): string {
  return toSnakeCase(name).replace(/[.-]/g, '_')
}

/** The name as YAML and `%(…)s` write it: `git.shallow_clone`. */
export function toSnakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}
