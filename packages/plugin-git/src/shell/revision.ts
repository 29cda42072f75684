import { type Fragment, sh, shellFunction } from '@dragonfab/core'

/** `revision file`: the commit that it names, nothing where it names none (fapistrano wrote “None”). */
const revision = shellFunction('git_revision', sh`[ ! -f "$1" ] || sed -n -e '1{/^[0-9a-f]\{1,\}$/p' -e '}' -- "$1"`)

/** `known revision`: short, for people. */
const known = shellFunction('git_known', sh`if [ -n "$1" ]; then printf '%.10s' "$1"; else printf 'an unknown commit'; fi`)

/** `put text file`: what fails is tried again through cat, which tells why; a shell's own printf says “I/O error” of a full disk. */
const putFunction = shellFunction('git_put', sh`{ printf '%s\n' "$1" >"$2"; } 2>/dev/null || printf '%s\n' "$1" | cat >"$2"`)

/** `log mirror range`: commits, for people. */
const logFunction = shellFunction('git_log', sh`LC_ALL=C git --git-dir="$1" log --max-count=100 --format='%h %s' "$2" --`)

/** Writes REVISION, and leaves \`$DF_RUN/git.from\` and \`$DF_RUN/git.to\` (and \`git.delta\`, where the mirror knows) for later hooks. */
export function writeRevision(paths: {
  readonly file: string
  /** The folder of the release that it is in, where the release may not have it. */
  readonly folder: string | undefined
  readonly before: string
  readonly commit: string
  /** A mirror with all of the history tells what is new. */
  readonly mirror: string | undefined
}): Fragment {
  return sh.join([
    sh`commit=${paths.commit} file=${paths.file} from=$(${revision} ${paths.before})`,
    paths.folder !== undefined && sh`[ -d ${paths.folder} ] || mkdir -p -- ${paths.folder}`,
    sh`
      [ ! -e "$file" ] && [ ! -L "$file" ] || rm -f -- "$file"
      ${putFunction} "$commit" "$file"
      ${putFunction} "$from" "$DF_RUN/git.from"
      ${putFunction} "$commit" "$DF_RUN/git.to"
    `,
    paths.mirror === undefined ? sh`rm -f -- "$DF_RUN/git.delta"` : deltaScript(paths.mirror),
    sh`if [ "$from" = "$commit" ]; then echo "$(${known} "$from") again"; else echo "$(${known} "$from") -> $(${known} "$commit")"; fi`,
  ])
}

const deltaScript = (mirror: string): Fragment =>
  sh`{ [ -z "$from" ] || [ -f ${`${mirror}/shallow`} ] || ${logFunction} ${mirror} "$from..$commit"; } 2>/dev/null | tee "$DF_RUN/git.delta" || :`

/** Says from what to what a rollback goes. */
export function printRollback(
  from: { readonly name: string; readonly file: string },
  to: { readonly name: string; readonly file: string },
): Fragment {
  return sh`from=$(${revision} ${from.file})
to=$(${revision} ${to.file})
if [ -n "$DF_RUN" ] && [ -d "$DF_RUN" ]; then
  ${putFunction} "$from" "$DF_RUN/git.from"
  ${putFunction} "$to" "$DF_RUN/git.to"
fi
echo "from" ${from.name} "($(${known} "$from")) to" ${to.name} "($(${known} "$to"))"`
}

/** Prints the commit of a release. */
export function printRevision(file: string): Fragment {
  return sh`echo "commit $(${known} "$(${revision} ${file})")"`
}

/** Says what a release would change, from what is live to what would be shipped. */
export function printDelta(paths: {
  readonly live: string
  readonly commit: string
  readonly name: string
  readonly mirror: string | undefined
}): Fragment {
  return sh`from=$(${revision} ${paths.live})
echo "$(${known} "$from") ->" ${paths.name}
${
  paths.mirror === undefined
    ? sh`:`
    : sh`[ -z "$from" ] || [ -f ${`${paths.mirror}/shallow`} ] || ${logFunction} ${paths.mirror} "$from.."${paths.commit} 2>/dev/null || :`
}`
}
