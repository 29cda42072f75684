import { type Step, sh, step } from '@dragonfab/core'
import { failure, guard } from '../guards.ts'
import { type Layout, linkTo, places } from '../layout.ts'
import type { Linked } from '../linked/entry.ts'
import { adopt } from '../shell/adopt.ts'
import { cannot, cannotWrite } from '../shell/cannot.ts'
import { folder, shareable } from '../shell/folders.ts'
import { recover } from '../shell/switch.ts'

/**
 * `current` must be a link, or absent, before anything is written: a directory there would swallow the new link without a word, and
 * a rename would put a file out of the way.
 */
export function refuseCurrent(layout: Layout): Step {
  const text = sh`
    ${places(sh, layout)}
    if [ -e "$current" ] && [ ! -L "$current" ]; then
      if [ -d "$current" ]; then kind=directory; else kind=file; fi
      echo "$current is a $kind" >&2
      exit ${guard.currentIsNoLink}
    fi
  `
  const { currentPath, releasesPath } = layout
  return step(text, {
    title: 'is current a link',
    failures: failure('currentIsNoLink', {
      code: 'CURRENT_NOT_A_LINK',
      message: `${currentPath} is no link, so it cannot be switched ($OUTPUT)`,
      remedy: `move it among the releases and link it: mkdir -p ${releasesPath} && mv ${currentPath} ${releasesPath}/before && ln -s ${linkTo(layout, 'before')} ${currentPath}`,
    }),
  })
}

/** Makes the folders, finishes what a killed run left, and adopts what another tool deployed. */
export function prepare(layout: Layout, linked: readonly Linked[], options: { readonly sharedWritable: boolean }): Step {
  const shared = layout.sharedPath
  const parents = linked.map(({ path }) => `${shared}/${path}`.replace(/\/[^/]+$/, ''))
  const folders = [...new Set([shared, `${shared}/log`, ...parents])]
  const text = sh`
    ${places(sh, layout)}
    for each in ${layout.path} "$releases" "$STATE/begun" "$STATE/complete" "$STATE/bad"; do ${folder} "$each" || ${cannot} "$each"; done
    ${recover}
    ${adopt}
    ${shareable(options.sharedWritable)}
    for each in ${folders}; do ${folder} "$each" || ${cannot} "$each"; done
  `
  return step(text, {
    title: 'make the folders',
    failures: cannotWrite(),
  })
}
