/** Variables of fapistrano that are accepted and have no effect. The text says what Dragonfab does instead, if a value asked for something else. */
const ignoredVariables: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  sudo_prefix: () => 'steps run through `sudo -n -H -u <sudo_user>`',
  use_ssh_config: (value) => (value === false ? 'ssh_config is always read' : undefined),
  show_output: (value) => (value === true ? 'write --verbose on the command line' : undefined),
  dry_run: (value) => (value === true ? 'write --dry-run on the command line' : undefined),
  stage: () => 'it is named on the command line: -s',
  role: () => 'it is named on the command line: -r',
  new_release: (value) => (isDefaultRelease(value) ? undefined : 'releases are named by the time, %y%m%d-%H%M%S in UTC'),
  release_path: (value) => (isDefaultPath(value) ? undefined : 'it is always releases_path with the release’s name'),
}

/** Whether a variable has no effect, and the note about it. */
export function findIgnoredVariable(key: string, value: unknown): { readonly note: string | undefined } | undefined {
  const say = Object.hasOwn(ignoredVariables, key) ? ignoredVariables[key] : undefined
  return say && { note: say(value) }
}

const isDefaultRelease = (value: unknown): boolean =>
  typeof value === 'string' && /^%{1,2}y%{1,2}m%{1,2}d-%{1,2}H%{1,2}M%{1,2}S$/.test(value)
const isDefaultPath = (value: unknown): boolean => value === '%(releases_path)s/%(new_release)s'
