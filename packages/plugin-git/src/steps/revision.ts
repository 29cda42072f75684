import { type Step, step } from '@dragonfab/core'
import { formatShortName, type GitEnv, strategyOf } from '../env.ts'
import { printDelta, printRevision, printRollback, writeRevision } from '../shell/revision.ts'

type LiveEnv = GitEnv & { readonly currentPath: string }

const liveRevisionFile = ({ git, currentPath }: LiveEnv): string => `${currentPath}/${git.revisionFile}`
const mirrorPathOf = (env: GitEnv): string | undefined => (strategyOf(env) === 'mirror' ? env.git.repoPath : undefined)

/** Writes REVISION, and prints the commits since the live release. */
export function writeRevisionFile(env: LiveEnv & { readonly releasePath: string }): Step {
  const file = `${env.releasePath}/${env.git.revisionFile}`
  const folder = env.git.revisionFile.includes('/') ? file.slice(0, file.lastIndexOf('/')) : undefined
  const text = writeRevision({ file, folder, before: liveRevisionFile(env), commit: env.git.commit, mirror: mirrorPathOf(env) })
  return step(text, { title: `write ${env.git.revisionFile}` })
}

/** Prints the two releases of a rollback with their commits. */
export function showRollback(
  env: LiveEnv & {
    readonly releasesPath: string
    readonly releasePath: string
    readonly rollbackFrom: string
    readonly rollbackTo: string
  },
): Step {
  const { git, releasesPath, releasePath, rollbackFrom, rollbackTo } = env
  const from = { name: rollbackFrom, file: `${releasesPath}/${rollbackFrom}/${git.revisionFile}` }
  return step(printRollback(from, { name: rollbackTo, file: `${releasePath}/${git.revisionFile}` }), { title: 'show both releases' })
}

export function showLiveRevision(env: LiveEnv): Step {
  return step(printRevision(liveRevisionFile(env)), { title: 'read the commit' })
}

export function deltaScript(env: LiveEnv): Step {
  const text = printDelta({ live: liveRevisionFile(env), commit: env.git.commit, name: formatShortName(env), mirror: mirrorPathOf(env) })
  return step(text, { title: 'compare commits' })
}
