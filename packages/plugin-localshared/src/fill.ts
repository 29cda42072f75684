import { type Step, type StepFailure, sh, shellFunction, step } from '@dragonfab/core'
import { makeFolder } from '@dragonfab/plugin-release'

/** Exit statuses of this plugin's guards. */
const exitStatus = { missing: 64, failed: 65 } as const

/** An entry of `linkedFiles` or `linkedDirs`. */
interface SharedEntry {
  readonly kind: 'file' | 'dir'
  readonly path: string
  readonly missing: string
}

interface FillFolders {
  readonly source: string
  readonly shared: string
}

/** `copy <kind>`: copies `$from` to a temporary name and renames it, so that an incomplete copy never counts. */
const copy = shellFunction(
  'localshared_copy',
  sh`
    temporary=\${to%/*}/.\${to##*/}.localshared
    ${makeFolder} "\${to%/*}" && rm -rf -- "$temporary" || exit ${exitStatus.failed}
    if [ "$1" = dir ]; then
      cp -RP -- "$from/." "$temporary" && { [ ! -d "$to" ] || rmdir -- "$to"; } && mv -- "$temporary" "$to" || exit ${exitStatus.failed}
    else
      cp -- "$from" "$temporary" && mv -f -- "$temporary" "$to" || exit ${exitStatus.failed}
    fi
  `,
)

/**
 * `take <kind> <path> <missing>`: copies a path that is not in shared/ yet. An empty directory counts as missing, because an earlier release may
 * have created it. Existing paths are kept, or reported if they are replaced. The step sets `$source`, `$shared`, `$update` and an empty `$failed`
 * before.
 */
const take = shellFunction(
  'localshared_take',
  sh`
    from=$source/$2 to=$shared/$2 available= exists= empty=
    if [ "$1" = file ]; then [ ! -f "$from" ] || available=yes; else [ ! -d "$from" ] || available=yes; fi
    if [ -e "$to" ] || [ -L "$to" ]; then exists=yes; fi
    if [ -d "$to" ] && [ ! -L "$to" ] && [ -z "$(ls -A -- "$to")" ]; then empty=yes; fi
    if [ -n "$exists" ] && { [ "$1" = file ] || [ -z "$empty" ]; }; then
      if [ "$1$available" != fileyes ] || [ ! -f "$to" ] || cmp -s -- "$from" "$to"; then return 0; fi
      if [ "$update" = no ]; then echo "not changed: $to, which differs from $from" >&2; return 0; fi
      cp -- "$to" "$to.before" && chmod go-rwx -- "$to.before" || exit ${exitStatus.failed}
      ${copy} file
      echo "replaced: $to (previous file: $to.before)"
    elif [ -n "$available" ]; then
      ${copy} "$1"
      echo "copied: $to"
    else
      echo "missing: $from" >&2
      [ "$3" != error ] || [ -n "$exists" ] || failed=yes
    fi
  `,
)

/** Copies the paths that are missing in shared/, and reports all that do not exist in the source at once. */
export function fillShared({ source, shared }: FillFolders, linked: readonly SharedEntry[], update: boolean): Step {
  const text = sh`
    source=${source} shared=${shared} update=${update ? 'yes' : 'no'} failed=
    [ -d "$source" ] || echo "missing: $source" >&2
    ${sh.join(linked.map(({ kind, path, missing }) => sh`${take} ${kind} ${path} ${missing}`))}
    [ -z "$failed" ] || exit ${exitStatus.missing}
  `
  const failures: Readonly<Record<number, StepFailure>> = {
    [exitStatus.missing]: {
      code: 'LOCALSHARED_MISSING',
      message: `linked files or directories are neither in ${shared} nor in ${source}`,
      remedy: `put the files listed above into ${source}, or set localshared.source`,
    },
    [exitStatus.failed]: {
      code: 'LOCALSHARED_FAILED',
      message: `${source} cannot be copied: $OUTPUT`,
      remedy: 'let the user who runs the steps read it, and write to shared/',
    },
  }
  return step(text, { title: `fill shared/ from ${source}`, failures })
}
