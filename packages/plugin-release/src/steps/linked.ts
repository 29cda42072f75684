import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables } from '../layout.ts'
import type { LinkedPath } from '../linked/linked-path.ts'
import { clearFunctions, makeFolder, sharedUmask } from '../shell/folders.ts'

/**
 * `look <kind> <path> <missing>`: reports a path that is missing in shared/ or has the wrong kind, and continues, so that one run finds all problems.
 * A link counts as its target. The step sets `problems=` before.
 */
const lookFunction = shellFunction(
  'release_look',
  sh`
    if [ "$1" = file ] && [ -d "$shared/$2" ]; then echo "$shared/$2 should be a file, but is a directory" >&2; problems=yes
    elif [ "$1" = dir ] && [ -e "$shared/$2" ] && [ ! -d "$shared/$2" ]; then echo "$shared/$2 should be a directory, but is a file" >&2; problems=yes
    elif [ "$3" = error ] && [ ! -e "$shared/$2" ]; then echo "missing: $shared/$2" >&2; problems=yes
    fi
  `,
)

export function lookCalls(linked: readonly LinkedPath[]) {
  return sh.join(linked.map(({ kind, path, missing }) => sh`${lookFunction} ${kind} ${path} ${missing}`))
}

function linkedMissingFailure(layout: Layout) {
  return failureFor('linkedMissing', {
    code: 'LINKED_MISSING',
    message: `linked files or directories are missing in ${layout.sharedPath}, or have the wrong kind`,
    remedy: `create them (shared.push), or set in linkedFiles or linkedDirs what to do: { path: '…', missing: 'create' } or 'link'`,
  })
}

const create = shellFunction(
  'release_create',
  sh`
    [ -e "$2" ] || [ -L "$2" ] || if [ "$1" = dir ]; then ${makeFolder} "$2" || exit; else : >"$2"; fi
  `,
)

/** Checks that linked files and directories exist. Reports all missing ones at once, and creates those with `missing: 'create'`. */
export function checkLinked(
  layout: Layout,
  linked: readonly LinkedPath[],
  options: { readonly sharedWritable: boolean },
): Step | undefined {
  if (!linked.length) return undefined
  const createCalls = linked.filter(({ missing }) => missing === 'create').map(({ kind, path }) => sh`${create} ${kind} "$shared"/${path}`)
  const text = sh`
    shared=${layout.sharedPath} problems=
    ${lookCalls(linked)}
    [ -z "$problems" ] || exit ${exitStatus.linkedMissing}
  `
  const createMissing = sh`
    ${sharedUmask(options.sharedWritable)}
    ${sh.join(createCalls)}
  `
  return step(createCalls.length ? sh.join([text, createMissing]) : text, {
    title: 'look for linked files and directories',
    failures: linkedMissingFailure(layout),
  })
}

/** Warns of entries that are linked although they do not exist (`warn`). */
export function warnOfMissing(layout: Layout, linked: readonly LinkedPath[]): Step | undefined {
  const paths = linked.filter(({ missing }) => missing === 'warn').map(({ path }) => path)
  if (!paths.length) return undefined
  const text = sh`
    missing=
    for each in ${paths}; do [ -e ${layout.sharedPath}/"$each" ] || missing="$missing $each"; done
    [ -z "$missing" ] || { echo "\${missing# }" >&2; exit ${exitStatus.linkedMissing}; }
  `
  return step(text, {
    title: 'which linked files do not exist yet',
    allowFailure: true,
    failures: failureFor('linkedMissing', {
      code: 'LINKED_MISSING',
      message: `linked files or directories do not exist in ${layout.sharedPath} yet`,
      remedy: 'create them before the application needs them',
    }),
  })
}

const lay = shellFunction(
  'release_lay',
  sh`
    [ "$(readlink -- "$release/$1" 2>/dev/null)" = "$shared/$1" ] || { ${clearFunctions} "$release/$1" && ln -s -- "$shared/$1" "$release/$1"; }
  `,
)

/** Links shared files and directories into the release. The links are absolute: a relative one would break if a parent is a link. */
export function linkShared(layout: Layout, release: string, linked: readonly LinkedPath[]): Step | undefined {
  if (!linked.length) return undefined
  const text = sh`
    ${layoutVariables(sh, layout)} shared=${layout.sharedPath} release=${`${layout.releasesPath}/${release}`} real_release=$(cd -P -- "$release" && pwd -P)
    ${sh.join(linked.map(({ path }) => sh`${lay} ${path}`))}
  `
  return step(text, { title: 'link shared files and directories', failures: leadsOutFailure() })
}

export function leadsOutFailure() {
  return failureFor('leadsOut', {
    code: 'LINK_LEADS_OUT',
    message: 'a parent of a linked path is a link in the release: $OUTPUT',
    remedy: 'remove that link from the repository, or link another path',
  })
}
