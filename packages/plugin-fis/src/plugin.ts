import { definePlugin, exitStatuses, type FieldValues, flag, type Step, sh, step, text } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'

/** The options under `fis`, as in the original. */
const options = {
  source: text({ help: 'The folder of the release that fis builds, relative to it', default: '.', operand: true }),
  dest: text({
    help: 'Where fis puts the result: one of its deploy targets, or a path relative to source',
    required: true,
    operand: true,
  }),
  conf: text({ help: 'The configuration of fis, relative to source', default: 'fis-conf.js', operand: true }),
  md5: flag({ help: 'Whether names contain a hash (--md5)', default: true }),
  optimize: flag({ help: 'Whether files are minified (--optimize)', default: true }),
  pack: flag({ help: 'Whether files are bundled (--pack)', default: true }),
  domains: flag({ help: 'Whether addresses get a domain (--domains)', default: false }),
  output: flag({ help: 'Whether the output of fis is shown even if it succeeds', default: false }),
} as const

/** How the steps of this plugin may fail. `$OUTPUT` is the last line that a step printed. */
const { exitStatus, failures } = exitStatuses({
  missing: {
    status: 64,
    code: 'FIS_MISSING',
    message: 'fis is not installed, or not in the PATH of the user who runs the steps',
    remedy: 'install it on the host (npm install -g fis), or set PATH in shellEnv; better, build before the release and ship the result',
  },
  noFolder: {
    status: 65,
    code: 'FIS_SOURCE',
    message: 'fis.source is not a folder of the release: $OUTPUT',
    remedy: 'set fis.source to the folder with the configuration of fis',
  },
  failed: {
    status: 66,
    code: 'FIS_FAILED',
    message: 'fis failed: $OUTPUT',
    remedy: 'correct the errors in its output; nothing live was changed',
  },
})

/** Runs `fis release` in the new release. Its output is shown only if `fis.output` is set or it fails. */
function buildAssets(releasePath: string, fis: FieldValues<typeof options>): Step {
  const flags = (['md5', 'optimize', 'pack', 'domains'] as const).filter((name) => fis[name]).map((name) => `--${name}`)
  const run = sh`fis release --file ${fis.conf} --dest ${fis.dest} ${flags}`
  const text = sh`
    command -v fis >/dev/null || exit ${exitStatus.missing}
    cd -- ${`${releasePath}/${fis.source}`} || exit ${exitStatus.noFolder}
    ${fis.output ? sh`${run} || exit ${exitStatus.failed}` : sh`${run} >"$DF_RUN/fis.log" 2>&1 || { cat -- "$DF_RUN/fis.log" >&2; exit ${exitStatus.failed}; }`}
  `
  return step(text, { title: 'fis release', failures })
}

/** Builds front-end assets with fis on the hosts, as fapistrano's plugin does. */
export const fis = definePlugin({
  name: 'fis',
  needs: [release()],
  options,
  hooks: {
    'deploy.updated': ({ env }) => buildAssets(env.releasePath, env.fis),
    check: () => step(sh`command -v fis >/dev/null || exit ${exitStatus.missing}`, { title: 'check that fis is installed', failures }),
  },
})
