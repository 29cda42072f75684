import { type Step, step } from '@dragonfab/core'
import { failures } from './outcomes.ts'
import { type CurlEnv, hasAddress, outputOf, packingOf, requestOf } from './request.ts'
import { download, probe } from './shell/download.ts'
import { place } from './shell/place.ts'
import { postinstall } from './shell/postinstall.ts'
import { writeRevision } from './shell/revision.ts'
import { needTools } from './shell/tools.ts'
import { unpack } from './shell/unpack.ts'

/** On `deploy.updating`: download, check, unpack, and the user's script. */
export function ship(env: CurlEnv & { readonly releasePath: string }): readonly (Step | false)[] {
  const { curl, releasePath } = env
  const request = requestOf(env)
  const packing = packingOf(env)
  const output = outputOf(env)
  return [
    step(download(request, { packing, output, sha256: curl.sha256 }), {
      title: `download ${request.shown}`,
      // Roles that share a release ship the same.
      writes: { path: releasePath, variable: 'path' },
      failures,
    }),
    packing !== 'no' && step(unpack(packing, releasePath, curl.allowLinks), { title: `unpack ${packing}`, failures }),
    output !== undefined && step(place(releasePath, output), { title: `place ${output}`, failures }),
    step(writeRevision(releasePath, request.shown), { title: 'write REVISION', failures }),
    curl.postinstallScript !== '' &&
      step(postinstall(releasePath, curl.postinstallScript, curl.postinstallOutput), {
        title: 'run the postinstall script',
        shows: curl.postinstallOutput,
      }),
  ]
}

/** For `check`: the address is often given for a release alone, and only what is known is asked for. */
export function check(env: CurlEnv): Step {
  const { curl } = env
  const packing = packingOf(env)
  if (!hasAddress(env)) return step(needTools(packing, curl.sha256 !== undefined), { title: 'programs to download with', failures })
  const request = requestOf(env)
  return step(probe(request, { packing, sha256: curl.sha256 !== undefined }), { title: `ask for ${request.shown}`, failures })
}
