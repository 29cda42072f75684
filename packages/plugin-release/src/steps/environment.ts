import { deriveSecret, type Fragment, isSecret, type Secret, type Step, sh, shellFunction, step } from '@dragonfab/core'
import { describeDifference, differenceReasons, encodeValue, findDifference } from '../dotenv/encode.ts'
import { type Dotenv, secretCheck } from '../dotenv/table.ts'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables } from '../layout.ts'
import { clearFunctions, failWrite, writeFailure } from '../shell/folders.ts'
import { swapFunction } from '../shell/switch.ts'
import { leadsOutFailure } from './linked.ts'

export interface EnvironmentOptions {
  /** Relative to the release. */
  readonly file: string
  readonly format: 'plain' | 'export'
  /** The group that may read it. */
  readonly group?: string | undefined
}

/**
 * Writes `.env` into the release under another name, with mode 0600 from the beginning, then renames it. In the text, secrets are variables with
 * the encoded value. A builtin writes them, so they are not in an argument list.
 */
export function writeEnvironment(layout: Layout, release: string, values: Dotenv, options: EnvironmentOptions): readonly Step[] {
  if (!Object.keys(values).length) return []
  const { file, group } = options
  const text = sh`
    ${layoutVariables(sh, layout)}
    release="$releases"/${release}
    real_release=$(cd -P -- "$release" && pwd -P)
    file="$release"/${file}
    ${clearFunctions} "$file" || exit
    new=$file.dragonfab
    umask 077
    rm -f -- "$new"
    set -C
    {
      ${dotenvLines(values, options.format)}
    } >"$new"
    ${group === undefined ? sh`` : giveToGroup(group)}
    ${swapFunction} "$new" "$file"
  `
  return [
    step(text, {
      title: `write ${file}`,
      writes: { path: `${layout.releasesPath}/${release}/${file}`, variable: 'environmentFile' },
      failures: { ...leadsOutFailure(), ...writeFailure(), ...(group === undefined ? {} : noGroupFailure(group)) },
    }),
    ...warnOfDifferences(values, file),
  ]
}

/** For `check`: looks up the secrets that no person must type, as a run does before it begins. */
export function checkSecrets(values: Dotenv): Step | undefined {
  const check = secretCheck(values)
  const secrets = Object.entries(values).flatMap(([name, value]) =>
    isSecret(value) && !value.interactive ? [deriveSecret(value, value.label, (text) => check(name, text))] : [],
  )
  return secrets.length ? step(sh`: ${secrets}`, { title: 'can the secrets of dotenv be looked up', target: 'local' }) : undefined
}

const line = shellFunction('release_line', sh`printf '%s%s\n' "$1" "\${2-}" || ${failWrite} "$file"`)

function dotenvLines(values: Dotenv, format: 'plain' | 'export'): Fragment {
  const prefix = format === 'export' ? 'export ' : ''
  const check = secretCheck(values)
  return sh.join(
    Object.entries(values).map(([name, value]) => {
      if (!isSecret(value)) return sh`${line} ${`${prefix}${name}=${encodeValue(String(value)).text}`}`
      const encoded = deriveSecret(value, `dotenv.${name} as written`, (text) => encodeValue(check(name, text)).text)
      // The plain value is named too, so that the run masks it wherever it appears, and not only in its encoded form.
      return sh`: ${value}; ${line} ${`${prefix}${name}=`} ${encoded}`
    }),
  )
}

const giveToGroup = (group: string): Fragment => sh`
  chgrp -- ${group} "$new" || exit ${exitStatus.noGroup}
  chmod 640 "$new"
`

function noGroupFailure(group: string) {
  return failureFor('noGroup', {
    code: 'DOTENV_GROUP',
    message: `the file cannot be given to the group ${group} (dotenvGroup): $OUTPUT`,
    remedy: `create the group, and add the user who deploys to it`,
  })
}

/** Warns once for all hosts. It is not a failure, because no library reads the file during a deployment. */
function warnOfDifferences(values: Dotenv, file: string): readonly Step[] {
  const differences = Object.entries(values).map(([name, value]): Fragment | undefined => {
    if (isSecret(value)) return noteSecretDifference(name, value)
    const why = describeDifference(String(value))
    return why === undefined ? undefined : sh`differences="$differences; "${`${name} ${why}`}`
  })
  if (!differences.some((each) => each)) return []
  const text = sh`
    differences=
    ${sh.join(differences)}
    [ -z "$differences" ] || { printf '%s\n' "\${differences#; }" >&2; exit ${exitStatus.dotenvDiffers}; }
  `
  return [
    step(text, {
      title: `do dotenv libraries read ${file} in the same way`,
      firstHost: true,
      allowFailure: true,
      failures: failureFor('dotenvDiffers', {
        code: 'DOTENV_DIFFERS',
        message: `${file} has the same values in shells and in systemd, but not in every dotenv library`,
        remedy: 'let a shell or systemd read the file, or choose values without these characters',
      }),
    }),
  ]
}

/** The value is known only when the run looks it up. In the script, the difference has a name that is too short to be masked. */
function noteSecretDifference(name: string, value: Secret): Fragment {
  const reasons = Object.entries(differenceReasons)
  const difference = deriveSecret(value, `how dotenv libraries read dotenv.${name}`, (text) => findDifference(text) ?? 'no')
  const cases = reasons.map(([key, why]) => sh`  ${sh.raw(key)}) differences="$differences; "${`${name} ${why}`} ;;`)
  return sh`case ${difference} in
${sh.join(cases)}
esac`
}
