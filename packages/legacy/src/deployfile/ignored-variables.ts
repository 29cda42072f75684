/** Variables of fapistrano that are accepted but have no effect. If the value differs from what Dragonfab does, the text explains the difference. */
const ignoredVariables: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  sudo_prefix: () => 'steps run through `sudo -n -H -u <sudo_user>`',
  use_ssh_config: (value) => (value === false ? 'ssh_config is always read' : undefined),
  show_output: (value) => (value === true ? 'write --verbose on the command line' : undefined),
  dry_run: (value) => (value === true ? 'write --dry-run on the command line' : undefined),
  stage: () => 'name the environment on the command line with -s',
  role: () => 'name the role on the command line with -r',
  new_release: (value) => (isDefaultRelease(value) ? undefined : 'the name of a release is its time in UTC, %y%m%d-%H%M%S'),
  release_path: (value) => (isDefaultPath(value) ? undefined : 'the path is always releases_path and the name of the release'),
}

/** Whether a variable has no effect, and the note about it. */
export function findIgnoredVariable(key: string, value: unknown): { readonly note: string | undefined } | undefined {
  const say = Object.hasOwn(ignoredVariables, key) ? ignoredVariables[key] : undefined
  return say && { note: say(value) }
}

const isDefaultRelease = (value: unknown): boolean =>
  typeof value === 'string' && /^%{1,2}y%{1,2}m%{1,2}d-%{1,2}H%{1,2}M%{1,2}S$/.test(value)
const isDefaultPath = (value: unknown): boolean => value === '%(releases_path)s/%(new_release)s'
