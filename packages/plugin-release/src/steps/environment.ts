import { deriveSecret, type Fragment, isSecret, type Secret, type Step, sh, shellFunction, step } from '@dragonfab/core'
import { describeDifference, differenceReasons, encodeValue, findDifference } from '../dotenv/encode.ts'
import { type Dotenv, secretCheck } from '../dotenv/table.ts'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables } from '../layout.ts'
import { cannotFunction, cannotWriteFailure, clearFunctions } from '../shell/folders.ts'
import { swapFunction } from '../shell/switch.ts'
import { leadsOutFailure } from './linked.ts'

export interface EnvironmentOptions {
  /** Relative to the release. */
  readonly file: string
  readonly format: 'plain' | 'export'
  /** Who may read it besides its owner. */
  readonly group?: string | undefined
}

/**
 * Writes `.env` into the release, beside its place and with mode 0600 from its first moment, then renames it there. Secrets are holes in
 * the text; what fills them is the encoded value, and a builtin writes it, so that
 * it is in no argument list.
 */
export function writeEnvironment(layout: Layout, release: string, values: Dotenv, options: EnvironmentOptions): readonly Step[] {
  if (!Object.keys(values).length) return []
  const { file, group } = options
  const text = sh`
    ${layoutVariables(sh, layout)}
    release="$releases"/${release}
    inside=$(cd -P -- "$release" && pwd -P)
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
      failures: { ...leadsOutFailure(), ...cannotWriteFailure(), ...(group === undefined ? {} : noGroupFailure(group)) },
    }),
    ...warnOfDifferences(values, file),
  ]
}

/** A run looks all secrets of its scripts up before it begins: what needs no person is looked up for `check` too. */
export function checkSecrets(values: Dotenv): Step | undefined {
  const check = secretCheck(values)
  const secrets = Object.entries(values).flatMap(([name, value]) =>
    isSecret(value) && !value.interactive ? [deriveSecret(value, value.label, (text) => check(name, text))] : [],
  )
  return secrets.length ? step(sh`: ${secrets}`, { title: 'can the secrets of dotenv be looked up', target: 'local' }) : undefined
}

const line = shellFunction('release_line', sh`printf '%s%s\n' "$1" "\${2-}" || ${cannotFunction} "$file"`)

function dotenvLines(values: Dotenv, format: 'plain' | 'export'): Fragment {
  const prefix = format === 'export' ? 'export ' : ''
  const check = secretCheck(values)
  return sh.join(
    Object.entries(values).map(([name, value]) => {
      if (!isSecret(value)) return sh`${line} ${`${prefix}${name}=${encodeValue(String(value)).text}`}`
      const written = deriveSecret(value, `dotenv.${name} as written`, (text) => encodeValue(check(name, text)).text)
      // The plain value is named too, so that the run masks it wherever it comes up, and not only in its encoded form.
      return sh`: ${value}; ${line} ${`${prefix}${name}=`} ${written}`
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
    remedy: `make the group, and make the user who deploys a member of it`,
  })
}

/** Told once for the fleet, by a step that only warns: no library reads the file during a deployment, so it is nobody's failure. */
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
      title: `would dotenv libraries read ${file} alike`,
      firstHost: true,
      allowFailure: true,
      failures: failureFor('dotenvDiffers', {
        code: 'DOTENV_DIFFERS',
        message: `${file} reads alike in shells and systemd, but not in every dotenv library`,
        remedy: 'source the file or give it to systemd; or choose values without these characters',
      }),
    }),
  ]
}

/** What stands for the difference in the script is too short to be masked; the value is known only when the run looks it up. */
function noteSecretDifference(name: string, value: Secret): Fragment {
  const reasons = Object.entries(differenceReasons)
  const found = deriveSecret(value, `how dotenv libraries read dotenv.${name}`, (text) => findDifference(text) ?? 'no')
  const cases = reasons.map(([key, why]) => sh`  ${sh.raw(key)}) differences="$differences; "${`${name} ${why}`} ;;`)
  return sh`case ${found} in
${sh.join(cases)}
esac`
}
