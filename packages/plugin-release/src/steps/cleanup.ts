import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables } from '../layout.ts'
import { knownFunction } from '../shell/journal.ts'
import { liveFunctions } from '../shell/live-release.ts'
import { gather, holder } from '../shell/releases-in-use.ts'
import { discard, empty, mounted } from '../shell/trash.ts'

/**
 * Keeps the newest `keep` good releases, and of the bad ones those that are newer than the oldest of these, as many at most. Never
 * goes: the live one, its predecessor (where a rollback leads), what was live before this run, what is in use, what has a mount in it.
 * Leftovers of killed runs go, and marks of what is gone. All of that is told by marks and journal, so whatever else lies in releases/ is never even looked at.
 */
export function cleanUpReleases(layout: Layout, release: string, keep: number): Step {
  const text = sh`
    ${layoutVariables(sh, layout)} release=${release} keep=${keep} seen= warn= before= now=$(${liveFunctions})
    [ ! -f "$DF_RUN/previous" ] || read -r before <"$DF_RUN/previous"
    ${knownFunction}
    kept=0 spoilt=0 past= predecessor= doomed= keepers=' '
    for each in $all; do
      if [ -e "$DF_STATE/bad/$each" ]; then spoilt=$((spoilt + 1)); [ "$kept" -lt "$keep" ] && [ "$spoilt" -le "$keep" ]
      else kept=$((kept + 1)); [ -z "$past" ] || predecessor=\${predecessor:-$each}; [ "$kept" -le "$keep" ]
      fi && keepers="$keepers$each " || doomed="$each $doomed"
      [ "$each" != "$now" ] || past=yes
    done
    for each in "$DF_STATE"/begun/*; do [ ! -e "$each" ] || [ -e "$DF_STATE/complete/\${each##*/}" ] || doomed="$doomed \${each##*/}"; done
    for each in $doomed; do
      case "$keepers$now $release $before $predecessor " in *" $each "*) continue ;; esac
      if [ ! -d "$releases/$each" ] || [ -L "$releases/$each" ]; then rm -f -- "$DF_STATE/begun/$each"; continue; fi
      [ -n "$seen" ] || ${gather}
      if who=$(${holder} "$each"); then echo "kept $each: $who uses it"
      elif ${mounted} "$each"; then warn="$warn; something is mounted in $each"
      elif ${discard} "$each"; then echo "removed $each"
      else warn="$warn; $each cannot be moved aside"
      fi
    done
    for mark in "$DF_STATE"/complete/* "$DF_STATE"/bad/*; do each=$releases/\${mark##*/}; [ -d "$each" ] && [ ! -L "$each" ] || rm -f -- "$mark"; done
    ${empty} || warn="$warn; some files cannot be removed"
    [ -z "$warn" ] || { echo "\${warn#; }" >&2; exit ${exitStatus.cleanupIncomplete}; }
  `
  return step(text, {
    title: `keep ${keep} releases`,
    writes: { path: layout.releasesPath, variable: 'path' },
    allowFailure: true,
    failures: failureFor('cleanupIncomplete', {
      code: 'CLEANUP_INCOMPLETE',
      message: 'some old releases could not be removed',
      remedy: 'remove them as root, or unmount what is mounted there; the next release tries again',
    }),
  })
}
