import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type CodeStep, code, DragonfabError, type RunScope } from '@dragonfab/core'
import { readAnswers } from '../debconf/read-answers.ts'
import { type DebEnv, packageDir, resolvePackageDir } from '../env.ts'
import { type FoundPackages, findPackages } from '../package/choose-package.ts'

const foundKey = (env: DebEnv): string => `deb.found ${JSON.stringify([packageDir(env), env.deb.packageName])}`

/** The packages that `findPackagesToSend` found in this run. All hosts choose from them, even if another one is built in the meantime. */
export function readFoundPackages(run: RunScope, env: DebEnv): FoundPackages {
  return run.once(foundKey(env), () => ({ packages: [], damaged: [] }))
}

/** Finds the packages for the hosts on this machine, once, and checks the answers. */
export function findPackagesToSend(env: DebEnv): CodeStep {
  const { packageName } = env.deb
  const folder = packageDir(env)
  return code(
    {
      name: 'deb.choose',
      title: `find ${packageName} in ${folder}`,
      args: { packageName, folder, ...(env.debconf !== undefined && { debconf: env.debconf }) },
      target: 'local',
      showOutput: true,
    },
    async ({ directory, log, run }) => {
      if (env.debconf !== undefined) readAnswers(directory, env.debconf)
      const packageFolder = resolvePackageDir(directory, folder)
      const packages = await findPackages(packageFolder, packageName)
      for (const { file, why } of packages.damaged) log(`ignored ${file}: ${why}`)
      if (!packages.packages.length) {
        throw new DragonfabError({
          code: 'DEB_NONE',
          message: `there is no ${packageName}_*.deb in ${packageFolder}`,
          remedy: 'build it first: dragonfab <environment> deb.build deb.deploy; or correct deb.packageDir',
        })
      }
      // A sequence may build between two deployments.
      run.forget(foundKey(env))
      run.once(foundKey(env), () => packages)
      log(`${folder} has ${packageName} ${[...new Set(packages.packages.map(({ version }) => version))].slice(0, 5).join(', ')}`)
    },
  )
}

/** The sha256 of a file. Does not load all of it at once. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}
