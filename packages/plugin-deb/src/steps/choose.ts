import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type CodeStep, code, DragonfabError } from '@dragonfab/core'
import { readAnswers } from '../debconf/read-answers.ts'
import { type DebEnv, packageDir, packagesOf } from '../env.ts'
import { type Found, packagesIn } from '../package/choose.ts'

/** What was found when this run looked: all hosts choose from that, whatever is built meanwhile. */
const found = new Map<string, Found>()

const keyOf = (directory: string, env: DebEnv): string => JSON.stringify([directory, packageDir(env), env.deb.packageName])

/** What `choose` of this run has found. */
export function foundFor(directory: string, env: DebEnv): Found {
  return found.get(keyOf(directory, env)) ?? { packages: [], damaged: [] }
}

/** Looks on this machine, once, for the packages that hosts may get, and for the answers. */
export function choose(env: DebEnv): CodeStep {
  const { packageName } = env.deb
  const folder = packageDir(env)
  return code(
    {
      name: 'deb.choose',
      title: `find ${packageName} in ${folder}`,
      args: { packageName, folder, ...(env.debconf !== undefined && { debconf: env.debconf }) },
      where: 'here',
      shows: true,
    },
    async ({ directory, log }) => {
      if (env.debconf !== undefined) readAnswers(directory, env.debconf)
      const here = packagesOf(directory, folder)
      const all = await packagesIn(here, packageName)
      for (const { file, why } of all.damaged) log(`left out: ${file}: ${why}`)
      if (!all.packages.length) {
        throw new DragonfabError({
          code: 'DEB_NONE',
          message: `there is no ${packageName}_*.deb in ${here}`,
          remedy: 'build it first: dragonfab <environment> deb.build deb.deploy; deb.packageDir says where it lies',
        })
      }
      found.set(keyOf(directory, env), all)
      log(`${folder} has ${packageName} ${[...new Set(all.packages.map(({ version }) => version))].slice(0, 5).join(', ')}`)
    },
  )
}

/** Of a file, without holding all of it. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}
