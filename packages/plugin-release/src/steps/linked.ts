import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { failure, guard } from '../guards.ts'
import { type Layout, places } from '../layout.ts'
import type { Linked } from '../linked/entry.ts'
import { clear, folder, shareable } from '../shell/folders.ts'

/**
 * `look <kind> <path>`: tells what is missing in shared/, or of the wrong kind, and goes on, so that one run finds all of it.
 * A link counts as what it leads to. The step sets `lacking=` before.
 */
const look = shellFunction(
  'release_look',
  sh`
    if [ "$1" = file ] && [ -d "$shared/$2" ]; then echo "$shared/$2 should be a file, but is a directory" >&2; lacking=yes
    elif [ "$1" = dir ] && [ -e "$shared/$2" ] && [ ! -d "$shared/$2" ]; then echo "$shared/$2 should be a directory, but is a file" >&2; lacking=yes
    elif [ "$3" = error ] && [ ! -e "$shared/$2" ]; then echo "missing: $shared/$2" >&2; lacking=yes
    fi
  `,
)

export function looks(linked: readonly Linked[]) {
  return sh.join(linked.map(({ kind, path, missing }) => sh`${look} ${kind} ${path} ${missing}`))
}

function linkedMissing(layout: Layout) {
  return failure('linkedMissing', {
    code: 'LINKED_MISSING',
    message: `linked files or directories are not as they should be in ${layout.sharedPath}`,
    remedy: `put them there, or say in linkedFiles or linkedDirs what to do: { path: '…', missing: 'create' } or 'link'`,
  })
}

const create = shellFunction(
  'release_create',
  sh`
    [ ! -e "$2" ] && [ ! -L "$2" ] || return 0
    if [ "$1" = dir ]; then ${folder} "$2" || exit; return; fi
    : >"$2"
  `,
)

/** Are linked files and directories there? All that is missing is told at once; what is to be made is made. */
export function checkLinked(layout: Layout, linked: readonly Linked[], options: { readonly sharedWritable: boolean }): Step | undefined {
  if (!linked.length) return undefined
  const made = linked.filter(({ missing }) => missing === 'create').map(({ kind, path }) => sh`${create} ${kind} "$shared"/${path}`)
  const text = sh`
    shared=${layout.sharedPath}
    lacking=
    ${looks(linked)}
    [ -z "$lacking" ] || exit ${guard.linkedMissing}
  `
  const makeThem = sh`
    ${shareable(options.sharedWritable)}
    ${sh.join(made)}
  `
  return step(made.length ? sh.join([text, makeThem]) : text, {
    title: 'look for linked files and directories',
    failures: linkedMissing(layout),
  })
}

/** Entries that are linked although they are not there (`warn`): told, as a warning. */
export function tellMissing(layout: Layout, linked: readonly Linked[]): Step | undefined {
  const told = linked.filter(({ missing }) => missing === 'warn').map(({ path }) => path)
  if (!told.length) return undefined
  const text = sh`
    lacking=
    for each in ${told}; do [ -e ${layout.sharedPath}/"$each" ] || lacking="$lacking $each"; done
    [ -z "$lacking" ] || { echo "\${lacking# }" >&2; exit ${guard.linkedMissing}; }
  `
  return step(text, {
    title: 'which linked files are not there yet',
    warns: true,
    failures: failure('linkedMissing', {
      code: 'LINKED_MISSING',
      message: `linked, but not in ${layout.sharedPath} yet`,
      remedy: 'put them there before the application needs them',
    }),
  })
}

const lay = shellFunction(
  'release_lay',
  sh`
    [ ! -L "$release/$1" ] || [ "$(readlink -- "$release/$1")" != "$shared/$1" ] || return 0
    ${clear} "$release/$1" || exit
    ln -s -- "$shared/$1" "$release/$1"
  `,
)

/** Links shared files and directories into the release, by absolute links: a relative one would break where a parent is a link. */
export function link(layout: Layout, release: string, linked: readonly Linked[]): Step | undefined {
  if (!linked.length) return undefined
  const text = sh`
    ${places(sh, layout)}
    shared=${layout.sharedPath}
    release="$releases"/${release}
    inside=$(cd -P -- "$release" && pwd -P)
    ${sh.join(linked.map(({ path }) => sh`${lay} ${path}`))}
  `
  return step(text, { title: 'link shared files and directories', failures: leadsOut() })
}

export function leadsOut() {
  return failure('leadsOut', {
    code: 'LINK_LEADS_OUT',
    message: 'the release has a link on the way to a linked path: $OUTPUT',
    remedy: 'remove that link from the repository, or link another path',
  })
}
