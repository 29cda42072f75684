import { type Fragment, sh, shellFunction } from '@dragonfab/core'

/** `revision file`: prints the commit in it, or nothing if there is none (fapistrano wrote “None”). */
const revision = shellFunction('git_revision', sh`[ ! -f "$1" ] || sed -n -e '1{/^[0-9a-f]\{1,\}$/p' -e '}' -- "$1"`)

/** `short commit`: prints it abbreviated, for people. */
const shorten = shellFunction('git_short', sh`if [ -n "$1" ]; then printf '%.10s' "$1"; else printf 'an unknown commit'; fi`)

/** `put text file`: if the shell cannot write, cat tries again, since it reports a full disk; a shell's printf only prints “I/O error”. */
const putFunction = shellFunction('git_put', sh`{ printf '%s\n' "$1" >"$2"; } 2>/dev/null || printf '%s\n' "$1" | cat >"$2"`)

/** `log mirror range`: prints commits, for people. */
const logFunction = shellFunction('git_log', sh`LC_ALL=C git --git-dir="$1" log --max-count=100 --format='%h %s' "$2" --`)

/** Writes REVISION. For later hooks, it writes `$DF_RUN/git.from` and `$DF_RUN/git.to`, and `git.delta` if the mirror has the history. */
export function writeRevision(paths: {
  readonly file: string
  /** The folder that it is in, if that may not exist. */
  readonly folder: string | undefined
  readonly before: string
  readonly commit: string
  /** A mirror that may have the history between the two commits. */
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
    sh`if [ "$from" = "$commit" ]; then echo "$(${shorten} "$from") again"; else echo "$(${shorten} "$from") -> $(${shorten} "$commit")"; fi`,
  ])
}

const deltaScript = (mirror: string): Fragment =>
  sh`{ [ -z "$from" ] || [ -f ${`${mirror}/shallow`} ] || ${logFunction} ${mirror} "$from..$commit"; } 2>/dev/null | tee "$DF_RUN/git.delta" || :`

/** Prints the two releases of a rollback with their commits. */
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
echo "from" ${from.name} "($(${shorten} "$from")) to" ${to.name} "($(${shorten} "$to"))"`
}

/** Prints the commit of a release. */
export function printRevision(file: string): Fragment {
  return sh`echo "commit $(${shorten} "$(${revision} ${file})")"`
}

/** Prints what a release would change: from the live commit to the one that would be shipped. */
export function printDelta(paths: {
  readonly live: string
  readonly commit: string
  readonly name: string
  readonly mirror: string | undefined
}): Fragment {
  return sh`from=$(${revision} ${paths.live})
echo "$(${shorten} "$from") ->" ${paths.name}
${
  paths.mirror === undefined
    ? sh`:`
    : sh`[ -z "$from" ] || [ -f ${`${paths.mirror}/shallow`} ] || ${logFunction} ${paths.mirror} "$from.."${paths.commit} 2>/dev/null || :`
}`
}
