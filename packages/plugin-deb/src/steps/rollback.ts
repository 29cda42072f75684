import { type FactSpec, type Step, sh, step, usageError } from '@dragonfab/core'
import { type DebEnv, readGivenVersion, rootStepOptions } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { readState } from '../shell/apt.ts'

interface KeptVersions {
  /** The installed version, or '' if there is none. */
  readonly installed: string
  /** Versions that were installed successfully, the last one at the end. */
  readonly versions: readonly string[]
}

/** The version to roll back to: asked of all hosts, and the same for all. */
export const versionFact: FactSpec<DebEnv> = {
  signals: ['deb.finding'],
  scope: 'host',
  ask: async ({ env, ask }): Promise<KeptVersions> => {
    const text = sh`
      package=${env.deb.packageName}
      ${readState}
      case $status in ?i) printf '%s\n' "$have" ;; *) echo ;; esac
      cut -f 1 -- ${`${env.deb.folder}/installed`} 2>/dev/null || :
    `
    const [installed = '', ...versions] = (await ask(text)).stdout.split('\n')
    return { installed, versions: versions.filter(Boolean) }
  },
  reconcile: (answers, { env }) => {
    const target = readGivenVersion(env) ?? chooseTarget(answers as Readonly<Record<string, KeptVersions>>, env.deb.packageName)
    return Object.fromEntries(Object.keys(answers).map((host) => [host, target]))
  },
}

/** If hosts have different previous versions, only a person knows which one is meant. */
export function chooseTarget(answers: Readonly<Record<string, KeptVersions>>, name: string): string {
  const previousVersions = Object.entries(answers).map(([host, { installed, versions }]) => ({
    host,
    versions,
    target: versions.findLast((each) => each !== installed),
  }))
  const [first] = previousVersions
  if (first?.target !== undefined && previousVersions.every(({ target }) => target === first.target)) return first.target
  throw usageError(
    previousVersions.every(({ target }) => target === undefined)
      ? {
          code: 'DEB_NOT_KEPT',
          message: `there is no version of ${name} to roll back to`,
          remedy: 'the next deployment keeps the present version; deb.status lists what is kept',
        }
      : {
          code: 'DEB_NOT_KEPT',
          message: `the hosts have different versions of ${name} to roll back to`,
          cause: previousVersions.map(({ host, versions }) => `${host}: ${versions.join(', ') || 'none'}`).join('\n'),
          remedy: 'name a version that all of them have: deb.rollback:VERSION',
        },
  )
}

/** Chooses the kept package that the steps that follow install. */
export function findKeptVersion(env: DebEnv): Step {
  const text = sh`
    folder=${env.deb.folder} version=${env.deb.version}
    line=$(awk -F '\t' -v v="$version" '$1 == v' "$folder/installed" 2>/dev/null | tail -n 1) || :
    file=$(printf %s "$line" | cut -f 3)
    if [ -z "$line" ] || [ ! -f "$file" ]; then
      echo "$version is not kept on this host; it keeps:" $(cut -f 1 "$folder/installed" 2>/dev/null || echo nothing)
      exit ${exitStatus.notKept}
    fi
    printf '%s\n' "$version" "$file" "$(printf %s "$line" | cut -f 2)" rollback >"$folder/next.new"
    mv -f -- "$folder/next.new" "$folder/next"
  `
  return step(text, { title: `find ${env.deb.packageName} ${env.deb.version}`, failures, ...rootStepOptions(env) })
}
