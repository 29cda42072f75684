import { type Step, step } from '@dragonfab/core'
import { sayDelta, sayRevision, sayRollback, writeRevision } from '../shell/revision.ts'
import { type GitEnv, shortName, strategyOf } from '../shipping.ts'

type Released = GitEnv & { readonly currentPath: string }

const live = ({ git, currentPath }: Released): string => `${currentPath}/${git.revisionFile}`
const mirror = (env: GitEnv): string | undefined => (strategyOf(env) === 'mirror' ? env.git.repoPath : undefined)

/** REVISION, and what is new since the live release. */
export function write(env: Released & { readonly releasePath: string }): Step {
  const file = `${env.releasePath}/${env.git.revisionFile}`
  const folder = file.slice(0, file.lastIndexOf('/'))
  const text = writeRevision({ file, folder, before: live(env), commit: env.git.commit, mirror: mirror(env) })
  return step(text, { title: `write ${env.git.revisionFile}` })
}

/** From which release and commit to which a rollback goes. */
export function rollback(
  env: Released & {
    readonly releasesPath: string
    readonly releasePath: string
    readonly rollbackFrom: string
    readonly rollbackTo: string
  },
): Step {
  const { git, releasesPath, releasePath, rollbackFrom, rollbackTo } = env
  const from = { name: rollbackFrom, file: `${releasesPath}/${rollbackFrom}/${git.revisionFile}` }
  return step(sayRollback(from, { name: rollbackTo, file: `${releasePath}/${git.revisionFile}` }), { title: 'from and to' })
}

export function revisionOfLive(env: Released): Step {
  return step(sayRevision(live(env)), { title: 'read the commit' })
}

export function delta(env: Released): Step {
  const text = sayDelta({ live: live(env), commit: env.git.commit, name: shortName(env), mirror: mirror(env) })
  return step(text, { title: 'compare commits' })
}
