/**
 * All spellings of one name come to the same text: `keepReleases`, `keep_releases`, `keep-releases` → `keep_releases`;
 * `git.shallowClone`, `git_shallow_clone`, `git-shallow-clone` → `git_shallow_clone`.
 */
export function spelling(name: string): string {
  return snake(name).replace(/[.-]/g, '_')
}

/** The name as YAML and `%(…)s` write it: `git.shallow_clone`. */
export function snake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}
