import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables } from '../layout.ts'
import { readJournal } from '../shell/journal.ts'
import { findLive } from '../shell/live-release.ts'
import { gather, holder } from '../shell/releases-in-use.ts'
import { discard, empty, hasMount } from '../shell/trash.ts'

/**
 * Keeps the newest `keep` good releases, and at most as many bad ones that are newer than the oldest of these. It never removes the live release,
 * the one before it (the target of a rollback), the one that was live before this run, or a release that is in use or has something mounted in
 * it. It removes leftovers of killed runs, and marks without a release. It looks only at releases that marks or the journal name.
 */
export function cleanUpReleases(layout: Layout, release: string, keep: number): Step {
  const text = sh`
    ${layoutVariables(sh, layout)} release=${release} keep=${keep} uses= warn= previous= now=$(${findLive})
    [ ! -f "$DF_RUN/previous" ] || read -r previous <"$DF_RUN/previous"
    ${readJournal}
    good=0 bad=0 past= predecessor= doomed= keepers=' '
    for each in $all; do
      if [ -e "$DF_STATE/bad/$each" ]; then bad=$((bad + 1)); [ "$good" -lt "$keep" ] && [ "$bad" -le "$keep" ]
      else good=$((good + 1)); [ -z "$past" ] || predecessor=\${predecessor:-$each}; [ "$good" -le "$keep" ]
      fi && keepers="$keepers$each " || doomed="$each $doomed"
      [ "$each" != "$now" ] || past=yes
    done
    for each in "$DF_STATE"/begun/*; do [ ! -e "$each" ] || [ -e "$DF_STATE/complete/\${each##*/}" ] || doomed="$doomed \${each##*/}"; done
    for each in $doomed; do
      case "$keepers$now $release $previous $predecessor " in *" $each "*) continue ;; esac
      if [ ! -d "$releases/$each" ] || [ -L "$releases/$each" ]; then rm -f -- "$DF_STATE/begun/$each"; continue; fi
      [ -n "$uses" ] || ${gather}
      if user=$(${holder} "$each"); then echo "kept $each: $user uses it"
      elif ${hasMount} "$each"; then warn="$warn; something is mounted in $each"
      elif ${discard} "$each"; then echo "removed $each"
      else warn="$warn; $each cannot be moved into the trash"
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
