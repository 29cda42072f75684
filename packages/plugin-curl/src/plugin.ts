import { definePlugin, type Step, step } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { failures } from './exit-statuses.ts'
import { options } from './options.ts'
import { asksPerson, buildRequest, type CurlEnv, chooseOutput, choosePacking, hasAddress } from './request.ts'
import { buildDownload, buildProbe } from './shell/download.ts'
import { placeFile, writeRevision } from './shell/place-file.ts'
import { runPostinstall } from './shell/postinstall.ts'
import { requireTools } from './shell/tools.ts'
import { buildUnpack } from './shell/unpack.ts'

/** Downloads a built artifact into the release on every host, checks it, and unpacks it. */
export const curl = definePlugin({
  name: 'curl',
  needs: [release()],
  options,
  hooks: {
    'deploy.updating': ({ env }) => shipArtifact(env),
    check: ({ env }) => checkDownload(env),
  },
})

/** On `deploy.updating`: downloads, checks and unpacks, then runs the user's script. */
function shipArtifact(env: CurlEnv & { readonly releasePath: string }): readonly (Step | false)[] {
  const { curl, releasePath } = env
  const request = buildRequest(env)
  const packing = choosePacking(env)
  const output = chooseOutput(env)
  return [
    step(buildDownload(request, { packing, output, sha256: curl.sha256 }), {
      title: `download ${request.displayUrl ?? 'from the signed address'}`,
      // Roles that share a release must ship the same.
      writes: { path: releasePath, variable: 'path' },
      failures,
    }),
    packing !== 'no' && step(buildUnpack(packing, releasePath, curl.allowLinks), { title: `unpack ${packing}`, failures }),
    output !== undefined && step(placeFile(releasePath, output), { title: `place ${output}`, failures }),
    step(writeRevision(releasePath), { title: 'write REVISION', failures }),
    curl.postinstallScript !== '' &&
      step(runPostinstall(releasePath, curl.postinstallScript, curl.postinstallOutput), {
        title: 'run the postinstall script',
        showOutput: curl.postinstallOutput,
      }),
  ]
}

/**
 * For `check`: requests the address, unless it is not set (it is often only passed to a release) or needs a secret that a person must type.
 */
function checkDownload(env: CurlEnv): Step {
  const { curl } = env
  const packing = choosePacking(env)
  if (!hasAddress(env) || asksPerson(env))
    return step(requireTools(packing, curl.sha256 !== undefined), { title: 'are the programs for the download installed', failures })
  const request = buildRequest(env)
  const title = `request ${request.displayUrl ?? 'the signed address'}`
  return step(buildProbe(request, { packing, sha256: curl.sha256 !== undefined }), { title, failures })
}
