import { type Step, type StepFailure, sh, step } from '@dragonfab/core'

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

/**
 * `take <kind> <path> <missing>`: what is not in shared/ yet is copied beside its place and renamed, so that no copy that was cut counts as
 * there. An empty directory counts as not there: an earlier release made it. What is there stays, or is told when it is replaced.
 */
const takeFunctions = sh`
  lacking=
  there() { [ -e "$1" ] || [ -L "$1" ]; }
  empty() { [ -d "$1" ] && [ ! -L "$1" ] && [ -z "$(ls -A -- "$1")" ]; }
  folder() {
    [ ! -d "$1" ] || return 0
    case $1 in /*/*) folder "\${1%/*}" || return ;; esac
    mkdir -- "$1" || [ -d "$1" ]
  }
  copy() {
    beside=\${to%/*}/.\${to##*/}.localshared
    folder "\${to%/*}" && rm -rf -- "$beside" || exit ${exitStatus.failed}
    if [ "$1" = dir ]; then
      cp -RP -- "$from/." "$beside" && { [ ! -d "$to" ] || rmdir -- "$to"; } && mv -- "$beside" "$to" || exit ${exitStatus.failed}
    else
      cp -- "$from" "$beside" && mv -f -- "$beside" "$to" || exit ${exitStatus.failed}
    fi
  }
  take() {
    from=$source/$2 to=$shared/$2 has=
    if [ "$1" = file ]; then [ ! -f "$from" ] || has=yes; else [ ! -d "$from" ] || has=yes; fi
    if there "$to" && { [ "$1" = file ] || ! empty "$to"; }; then
      if [ "$1$has" != fileyes ] || [ ! -f "$to" ] || cmp -s -- "$from" "$to"; then return 0; fi
      if [ "$update" = no ]; then echo "left as it is: $to, which differs from $from" >&2; return 0; fi
      cp -- "$to" "$to.before" && chmod go-rwx -- "$to.before" || exit ${exitStatus.failed}
      copy file
      echo "replaced: $to (the one before: $to.before)"
    elif [ -n "$has" ]; then
      copy "$1"
      echo "copied: $to"
    else
      echo "missing: $from" >&2
      [ "$3" != error ] || there "$to" || lacking=yes
    fi
  }
`

/** Copies what shared/ lacks, and tells all that is missing in one go. */
export function fillShared({ source, shared }: FillFolders, linked: readonly SharedEntry[], update: boolean): Step {
  const text = sh`
    source=${source} shared=${shared} update=${update ? 'yes' : 'no'}
    ${takeFunctions}
    [ -d "$source" ] || echo "missing: $source" >&2
    ${sh.join(linked.map(({ kind, path, missing }) => sh`take ${kind} ${path} ${missing}`))}
    [ -z "$lacking" ] || exit ${exitStatus.missing}
  `
  const failures: Readonly<Record<number, StepFailure>> = {
    [exitStatus.missing]: {
      code: 'LOCALSHARED_MISSING',
      message: `linked files or directories are neither in ${shared} nor in ${source}`,
      remedy: `put what the lines above name into ${source}, or set localshared.source`,
    },
    [exitStatus.failed]: {
      code: 'LOCALSHARED_FAILED',
      message: `${source} cannot be copied: $OUTPUT`,
      remedy: 'may the user who runs the steps read it, and write to shared/?',
    },
  }
  return step(text, { title: `fill shared/ from ${source}`, failures })
}
