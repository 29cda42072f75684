import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables, linkTextOf } from '../layout.ts'
import type { LinkedPath } from '../linked/linked-path.ts'
import { adoptFunction } from '../shell/adopt.ts'
import { folderFunction, sharedUmask } from '../shell/folders.ts'
import { recoverFunctions } from '../shell/switch.ts'
import { cannotFunction, cannotWriteFailure } from '../shell/write-failure.ts'

/**
 * `current` must be a link, or absent, before anything is written: a directory there would swallow the new link without a word, and
 * a rename would put a file out of the way.
 */
export function refuseCurrent(layout: Layout): Step {
  const text = sh`
    ${layoutVariables(sh, layout)}
    [ -e "$current" ] && [ ! -L "$current" ] || exit 0
    if [ -d "$current" ]; then kind=directory; else kind=file; fi
    echo "$current is a $kind" >&2; exit ${exitStatus.currentIsNoLink}
  `
  const { currentPath, releasesPath } = layout
  return step(text, {
    title: 'is current a link',
    failures: failureFor('currentIsNoLink', {
      code: 'CURRENT_NOT_A_LINK',
      message: `${currentPath} is no link, so it cannot be switched ($OUTPUT)`,
      remedy: `move it among the releases and link it: mkdir -p ${releasesPath} && mv ${currentPath} ${releasesPath}/before && ln -s ${linkTextOf(layout, 'before')} ${currentPath}`,
    }),
  })
}

/** Makes the folders, finishes what a killed run left, and adopts what another tool deployed. */
export function prepareFolders(layout: Layout, linked: readonly LinkedPath[], options: { readonly sharedWritable: boolean }): Step {
  const shared = layout.sharedPath
  const parents = linked.map(({ path }) => `${shared}/${path}`.replace(/\/[^/]+$/, ''))
  const folders = [...new Set([shared, `${shared}/log`, ...parents])]
  const text = sh`
    ${layoutVariables(sh, layout)}
    for each in ${layout.path} "$releases" "$DF_STATE/begun" "$DF_STATE/complete" "$DF_STATE/bad"; do ${folderFunction} "$each" || ${cannotFunction} "$each"; done
    ${recoverFunctions}; ${adoptFunction}
    ${sharedUmask(options.sharedWritable)}
    for each in ${folders}; do ${folderFunction} "$each" || ${cannotFunction} "$each"; done
  `
  return step(text, {
    title: 'make the folders',
    failures: cannotWriteFailure(),
  })
}
