import { definePlugin, type Step, sh, step, type Values } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { options } from './options.ts'

const guard = { missing: 64, noFolder: 65, failed: 66 } as const

const missing = {
  [guard.missing]: {
    code: 'FIS_MISSING',
    message: 'fis is not installed, or not in the PATH of the user who runs the steps',
    remedy: 'install it there (npm install -g fis), or set PATH in shellEnv; better, build before the release and ship what was built',
  },
} as const

/** `fis release` in the new release, with what it prints kept back unless it is wanted or fails. */
function build(releasePath: string, fis: Values<typeof options>): Step {
  const flags = (['md5', 'optimize', 'pack', 'domains'] as const).filter((name) => fis[name]).map((name) => `--${name}`)
  const run = sh`fis release --file ${fis.conf} --dest ${fis.dest} ${flags}`
  const text = sh`
    command -v fis >/dev/null || exit ${guard.missing}
    cd -- ${`${releasePath}/${fis.source}`} || exit ${guard.noFolder}
    ${fis.output ? sh`${run} || exit ${guard.failed}` : sh`${run} >"$RUN/fis.log" 2>&1 || { cat -- "$RUN/fis.log" >&2; exit ${guard.failed}; }`}
  `
  return step(text, {
    title: 'fis release',
    failures: {
      ...missing,
      [guard.noFolder]: {
        code: 'FIS_SOURCE',
        message: `the release has no folder ${fis.source}: $OUTPUT`,
        remedy: 'set fis.source to the folder with the configuration of fis',
      },
      [guard.failed]: {
        code: 'FIS_FAILED',
        message: 'fis could not build: $OUTPUT',
        remedy: 'see what it said; nothing live was changed',
      },
    },
  })
}

/** Builds front-end assets with fis on the hosts, as fapistrano's plugin does. */
export const fis = definePlugin({
  name: 'fis',
  needs: [release()],
  options,
  hooks: {
    'deploy.updated': ({ env }) => build(env.releasePath, env.fis),
    check: () => step(sh`command -v fis >/dev/null || exit ${guard.missing}`, { title: 'is fis there', failures: missing }),
  },
})
