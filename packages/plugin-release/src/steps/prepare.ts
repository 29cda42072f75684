import { type Step, sh, step } from '@dragonfab/core'
import { failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables, linkTextOf } from '../layout.ts'
import type { LinkedPath } from '../linked/linked-path.ts'
import { adoptFunction } from '../shell/adopt.ts'
import { failWrite, makeFolder, sharedUmask, writeFailure } from '../shell/folders.ts'
import { recoverFunctions, requireLinkFunction } from '../shell/switch.ts'

/**
 * Creates the folders, finishes the switch of a killed run, and adopts releases of another tool. First it refuses a `current` that is not a link:
 * the new link would be created inside a directory, and a rename would replace a file.
 */
export function prepareFolders(layout: Layout, linked: readonly LinkedPath[], options: { readonly sharedWritable: boolean }): Step {
  const { sharedPath: shared, releasesPath, currentPath } = layout
  const parents = linked.map(({ path }) => `${shared}/${path}`.replace(/\/[^/]+$/, ''))
  const folders = [...new Set([shared, `${shared}/log`, ...parents])]
  const text = sh`
    ${layoutVariables(sh, layout)}
    ${requireLinkFunction}
    for each in ${layout.path} "$releases" "$DF_STATE/begun" "$DF_STATE/complete" "$DF_STATE/bad"; do ${makeFolder} "$each" || ${failWrite} "$each"; done
    ${recoverFunctions}; ${adoptFunction}
    ${sharedUmask(options.sharedWritable)}
    for each in ${folders}; do ${makeFolder} "$each" || ${failWrite} "$each"; done
  `
  return step(text, {
    title: 'make the folders',
    failures: {
      ...failureFor('currentIsNoLink', {
        code: 'CURRENT_NOT_A_LINK',
        message: '$OUTPUT, so it cannot be switched',
        remedy: `move it into the releases and link it: mkdir -p ${releasesPath} && mv ${currentPath} ${releasesPath}/before && ln -s ${linkTextOf(layout, 'before')} ${currentPath}`,
      }),
      ...writeFailure(),
    },
  })
}
