import { type Fragment, hide, isSecret, reveal, type Step, sh, shellFunction, step } from '@dragonfab/core'
import { difference } from '../dotenv/differences.ts'
import { encode } from '../dotenv/encode.ts'
import { type Dotenv, plainOf } from '../dotenv/table.ts'
import { failure, guard } from '../guards.ts'
import { type Layout, places } from '../layout.ts'
import { cannot, cannotWrite } from '../shell/cannot.ts'
import { clear } from '../shell/folders.ts'
import { swap } from '../shell/switch.ts'
import { leadsOut } from './linked.ts'

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
export function environment(layout: Layout, release: string, values: Dotenv, options: EnvironmentOptions): readonly Step[] {
  if (!Object.keys(values).length) return []
  const { file, group } = options
  const text = sh`
    ${places(sh, layout)}
    release="$releases"/${release}
    inside=$(cd -P -- "$release" && pwd -P)
    file="$release"/${file}
    ${clear} "$file" || exit
    new=$file.dragonfab
    umask 077
    rm -f -- "$new"
    set -C
    {
      ${lines(values, options.format)}
    } >"$new"
    ${group === undefined ? sh`` : share(group)}
    ${swap} "$new" "$file"
  `
  return [
    step(text, {
      title: `write ${file}`,
      writes: { path: `${layout.releasesPath}/${release}/${file}`, variable: 'environmentFile' },
      failures: { ...leadsOut(), ...cannotWrite(), ...(group === undefined ? {} : noGroup(group)) },
    }),
    ...warning(values, file),
  ]
}

const line = shellFunction('release_line', sh`printf '%s%s\n' "$1" "\${2-}" || ${cannot} "$file"`)

function lines(values: Dotenv, format: 'plain' | 'export'): Fragment {
  const prefix = format === 'export' ? 'export ' : ''
  return sh.join(
    Object.entries(values).map(([name, value]) => {
      const { text } = encode(plainOf(value))
      if (!isSecret(value)) return sh`${line} ${`${prefix}${name}=${text}`}`
      // The plain value is named too, so that the run masks it wherever it comes up, and not only in its encoded form.
      return sh`: ${value}; ${line} ${`${prefix}${name}=`} ${hide(encode(reveal(value)).text, `dotenv.${name} as written`)}`
    }),
  )
}

const share = (group: string): Fragment => sh`
  chgrp -- ${group} "$new" || exit ${guard.noGroup}
  chmod 640 "$new"
`

function noGroup(group: string) {
  return failure('noGroup', {
    code: 'DOTENV_GROUP',
    message: `the file cannot be given to the group ${group} (dotenvGroup): $OUTPUT`,
    remedy: `make the group, and make the user who deploys a member of it`,
  })
}

/** Told once for the fleet, by a step that only warns: no library reads the file during a deployment, so it is nobody's failure. */
function warning(values: Dotenv, file: string): readonly Step[] {
  const told = Object.entries(values).flatMap(([name, value]) => {
    const why = difference(plainOf(value))
    return why ? [`${name} ${why}`] : []
  })
  if (!told.length) return []
  return [
    step(sh`printf '%s\n' ${told.join('; ')} >&2; exit ${guard.dotenvDiffers}`, {
      title: `would dotenv libraries read ${file} alike`,
      once: true,
      warns: true,
      failures: failure('dotenvDiffers', {
        code: 'DOTENV_DIFFERS',
        message: `${file} reads alike in shells and systemd, but not in every dotenv library`,
        remedy: 'source the file or give it to systemd; or choose values without these characters',
      }),
    }),
  ]
}
