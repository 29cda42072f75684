import { sh, shellFunction } from '@dragonfab/core'
import { explainFunctions, gitFunction } from './environment.ts'

/**
 * `pack repository commit folder prefix`: prints a commit as a tar stream. It uses `git archive` instead of a checkout, because users of the
 * original tools rely on its features: export-ignore and export-subst, one date for all files, no index. `--literal-pathspecs`: a folder's name is
 * not a pattern.
 */
export const pack = shellFunction(
  'git_pack',
  sh`${gitFunction} --git-dir="$1" --literal-pathspecs -c tar.umask="$mask" archive --format=tar \${4:+--prefix="$4"} "$2" \${3:+-- "$3"}`,
)

/** `check_pack repository commit folder`: ends the step if the folder does not exist, or if the commit needs Git LFS and it is not installed. */
export const checkPack = shellFunction(
  'git_check_pack',
  sh`lfs=; [ -z "$3" ] || [ "$(${gitFunction} --git-dir="$1" cat-file -t "$2:$3" 2>/dev/null)" = tree ] || { said="no folder $3 in $2"; ${explainFunctions} 76; }
${gitFunction} --git-dir="$1" grep --quiet -e 'filter=lfs' "$2" -- ':(glob)**/.gitattributes' 2>/dev/null || return 0
${gitFunction} --git-dir="$1" grep --quiet -e '^version https://git-lfs.github.com/spec/' "$2" -- ":(top,literal)$3" 2>/dev/null || return 0
${gitFunction} lfs version >/dev/null 2>&1 || { said='git-lfs is not installed'; ${explainFunctions} 80; }; lfs=yes`,
)

/**
 * `ship repository commit folder prefix strip`: unpacks a commit into `$release`.
 * busybox tar ignores the headers that git archive writes for names of more than 100 bytes (or 155 and 100), and silently truncates them.
 * No failure of either end may be lost: in POSIX sh, the status of a pipe is its last command's, and a truncated tar stream may unpack with
 * status 0. `cd`, because GNU tar takes a backslash in the argument of `-C` for an escape.
 */
export const ship = shellFunction(
  'git_ship',
  sh`${checkPack} "$1" "$2" "$3"
command -v tar >/dev/null 2>&1 || { said='tar: not found'; ${explainFunctions} 81; }
case $(tar --version 2>/dev/null) in *GNU*|*bsdtar*) ;; *)
said=$(${gitFunction} --git-dir="$1" ls-tree -r -l -z --full-tree "$2" | tr '\n\000' '?\n' | prefix=$4 awk '{
  path = ENVIRON["prefix"] substr($0, index($0, "\t") + 1); cut = length(path) > 100 && match(substr(path, 1, 155), /.*\//) ? RLENGTH : 0
  long = $1 == "120000" && $4 > 100 || length(path) - cut > 100
  for (n = split(path, part, "/"); n > 0; n--) if (length(part[n]) > 99) long = 1
  if (long) { print path; exit }
}'); [ -z "$said" ] || ${explainFunctions} 77 ;; esac
whole=$DF_RUN/git.packed; [ ! -e "$whole" ] || rm -f -- "$whole"
said=$( { { ${pack} "$1" "$2" "$3" "$4" && : >"$whole"; } | (cd "$release" && tar -xof - --strip-components="$5"); } 2>&1) && [ -f "$whole" ] || ${explainFunctions}
rm -f -- "$whole"; [ -z "$said" ] || printf '%s\n' "$said" >&2`,
)
