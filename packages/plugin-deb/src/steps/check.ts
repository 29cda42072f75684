import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { code, DragonfabError, type Step, sh, step } from '@dragonfab/core'
import { readAnswers } from '../debconf/read-answers.ts'
import { type DebEnv, rootStepOptions } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'

/** Finds what would make a deployment fail: on this machine a missing debian/ or file of answers, on hosts missing apt, debconf or sudo. */
export function checkDeployable(env: DebEnv): readonly Step[] {
  const { packageName, source } = env.deb
  const text = sh`
    PATH=$PATH:/usr/sbin:/sbin
    for each in apt-get dpkg dpkg-query dpkg-deb ${env.debconf === undefined ? [] : ['perl', 'debconf-communicate']}; do
      command -v "$each" >/dev/null || { echo "$each is not installed"; exit ${exitStatus.noApt}; }
    done
    echo "the architecture is $(dpkg --print-architecture)"
  `
  const { debconf } = env
  return [
    code(
      {
        name: 'deb.check',
        title: `check debian/ and the answers of ${packageName}`,
        args: { source, debconf: debconf ?? null },
        target: 'local',
      },
      async ({ directory, log }) => {
        if (debconf !== undefined) readAnswers(directory, debconf)
        if (existsSync(resolve(directory, source, 'debian/control'))) return log(`${source}/debian exists`)
        throw new DragonfabError({
          code: 'DEB_NO_SOURCE',
          message: `there is no debian/control in ${resolve(directory, source)}`,
          remedy: 'write one with dragonfab <environment> deb.skeleton, or correct deb.source',
        })
      },
    ),
    step(text, { title: 'check apt and dpkg', failures, ...rootStepOptions(env) }),
  ]
}
