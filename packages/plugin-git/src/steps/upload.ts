import { type CodeStep, code } from '@dragonfab/core'
import { size } from '@dragonfab/upload'
import { type GitEnv, noteOf, repositoryFrom, shortName, sourceOf } from '../shipping.ts'
import { archiveOf } from '../upload/prepared.ts'
import { sendArchive } from '../upload/send.ts'

/** What decides the bytes of an archive; a commit is its own hash. */
function archiveArgs(env: GitEnv) {
  const { url, commit, depth, folder, submodules } = sourceOf(env)
  return { repo: url, commit, depth, folder, submodules }
}

/** On `deploy.starting`, once: packs the commit here, before anything else is done. */
export function pack(env: GitEnv): CodeStep {
  const args = archiveArgs(env)
  const [repository, source, key, note] = [repositoryFrom(env), sourceOf(env), JSON.stringify(args), noteOf(env)]
  return code({ name: 'git.pack', title: `pack ${shortName(env)}`, where: 'here', args }, async ({ directory, signal, log }) => {
    const { bytes } = await archiveOf(key, { repository, source, directory, signal })
    if (note !== undefined) log(note)
    log(size(bytes))
  })
}

/** On `deploy.updating`: sends what was packed into the release. */
export function send(env: GitEnv & { readonly releasePath: string }): CodeStep {
  const args = archiveArgs(env)
  const [repository, source, key, release] = [repositoryFrom(env), sourceOf(env), JSON.stringify(args), env.releasePath]
  const writes = { path: release, variable: 'path' }
  return code({ name: 'git.send', title: `send ${shortName(env)}`, args: { ...args, release }, writes }, async (context) => {
    const { directory, signal, log } = context
    const archive = await archiveOf(key, { repository, source, directory, signal })
    await sendArchive(archive, release, context)
    log(size(archive.bytes))
  })
}
