import { type CodeStep, code } from '@dragonfab/core'
import { formatSize } from '@dragonfab/upload'
import { formatShortName, type GitEnv, noteOf, plannedRepositoryOf, sourceOf } from '../env.ts'
import { archiveForRun } from '../upload/archive.ts'
import { sendArchive } from '../upload/send.ts'

/** Everything that determines the bytes of an archive. A commit is its own hash. */
function archiveArgs(env: GitEnv) {
  const { url, commit, depth, folder, submodules } = sourceOf(env)
  return { repo: url, commit, depth, folder, submodules }
}

/** On `deploy.starting`, once: packs the commit on this machine, before anything else. */
export function packCommit(env: GitEnv): CodeStep {
  const args = archiveArgs(env)
  const [repository, source, key, note] = [plannedRepositoryOf(env), sourceOf(env), JSON.stringify(args), noteOf(env)]
  return code(
    { name: 'git.pack', title: `pack ${formatShortName(env)}`, target: 'local', args },
    async ({ run, directory, signal, log }) => {
      const { bytes } = await archiveForRun(run, key, { repository, source, directory, signal })
      if (note !== undefined) log(note)
      log(formatSize(bytes))
    },
  )
}

/** On `deploy.updating`: sends the archive into the release. */
export function sendCommit(env: GitEnv & { readonly releasePath: string }): CodeStep {
  const args = archiveArgs(env)
  const [repository, source, key, release] = [plannedRepositoryOf(env), sourceOf(env), JSON.stringify(args), env.releasePath]
  const writes = { path: release, variable: 'path' }
  return code({ name: 'git.send', title: `send ${formatShortName(env)}`, args: { ...args, release }, writes }, async (context) => {
    const { run, directory, signal, log } = context
    const archive = await archiveForRun(run, key, { repository, source, directory, signal })
    await sendArchive(archive, release, context)
    log(formatSize(archive.bytes))
  })
}
