import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { die } from './tools.ts'

/**
 * Finds what must not be in a release. Reads lines `kind<TAB>name<TAB>target` (kinds as in `tar -tv`: `l` a link, `h` a hard link; `L` a link that
 * existed before) and prints the problems. The target of a link may have `..` only at its beginning, so that every link stays in the release.
 * A member below a link is refused, because it would be written to where the link points.
 */
const guardProgram = sh`awk -F '\t' '
  function report(what) { if (wrong++ < 10) print what }
  function climbs(path,  n, i, part, down) { # whether a path has .. after a name
    n = split(path, part, "/")
    for (i = 1; i <= n; i++) if (part[i] == "..") { if (down) return 1 } else if (part[i] != "" && part[i] != ".") down = 1
    return 0
  }
  function count(path, up,  n, i, part, number) { # how many parts are .., or are not
    n = split(path, part, "/")
    for (i = 1; i <= n; i++) if (part[i] == ".." ? up : !up && part[i] != "" && part[i] != ".") number++
    return number + 0
  }
  function allowed(target,  n, i, each) {
    n = split(ENVIRON["allowed"], each, "\n")
    for (i = 1; i <= n; i++) if (each[i] != "" && (target == each[i] || (each[i] ~ /\/$/ && index(target, each[i]) == 1 && !count(target, 1)))) return 1
    return 0
  }
  function clean(path) { while (sub(/^\.\//, "", path) || sub(/\/\/+/, "/", path) || sub(/\/\.\//, "/", path) || sub(/\/\.?$/, "", path)); return path }
  {
    kind = $1; name = $2; target = $3
    if (NF > 3) report(name ": a tab in its name")
    if (name ~ /^\// || count(name, 1)) { report(name ": a path that leads out of the release"); next }
    if (kind ~ /^[bcps]/) report(name ": a device, a pipe or a socket")
    if (kind ~ /^[-h]..[sS]/ || kind ~ /^[-h].....[sS]/) report(name ": has the setuid or setgid bit")
    if (kind ~ /^l/ && !allowed(target) && (target == "" || target ~ /^\// || climbs(target) || count(target, 1) > count(name, 0) - 1))
      report(name " -> " target ": a link that leads out of the release")
    if (kind ~ /^h/ && (target == "" || target ~ /^\// || count(target, 1)))
      report(name " -> " target ": a hard link that leads out of the release")
    all[++members] = clean(name)
    if (kind ~ /^[lhL]/) links[clean(name)] = 1
    if (kind ~ /^[lL]/) soft[clean(name)] = 1
    if (kind ~ /^h/) { all[++members] = clean(target); hard[clean(name)] = clean(target) }
  }
  END {
    for (i = 1; i <= members; i++) {
      path = all[i]
      while (sub(/\/[^\/]*$/, "", path)) if (path in links) { report(all[i] ": is below the link " path); break }
    }
    # A hard link of a link is the same link in another folder, so its target may be outside.
    for (path in hard) if (hard[path] in soft) report(path " -> " hard[path] ": a hard link of a link")
    if (wrong > 10) print "and " wrong - 10 " more"
  }
'`

/** `guard <file>`: ends the step if a line is refused. The step sets `$allowed` to the targets that may be outside the release. */
export const guard = shellFunction(
  'curl_guard',
  sh`
    bad=$(allowed=$allowed LC_ALL=C ${guardProgram} <"$1")
    [ -z "$bad" ] || { printf '%s\n' "$bad" >&2; ${die} ${exitStatus.leadsOut} "the archive is refused: $(printf '%s\n' "$bad" | head -n 1)"; }
  `,
)

/** Prints the links that are in the folder, as lines for `guard`. */
export const links = shellFunction(
  'curl_links',
  sh`
    [ -z "$(find . -type l \( -name '*	*' -o -name '*
*' \) | head -c 1)" ] || ${die} ${exitStatus.leadsOut} 'the archive is refused: a link has a tab or a line break in its name'
    find . -type l | while IFS= read -r each; do printf 'l\t%s\t%s\n' "\${each#./}" "$(readlink -- "$each")"; done
  `,
)
