import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import type { Packing } from '../request.ts'

/** `die <status> <text>`: ends the step. */
export const die = shellFunction('curl_die', sh`printf '%s\n' "$2" >&2; exit "$1"`)

/** `fail_write <folder>`: ends the step and reports why the folder cannot be written. */
export const failWrite = shellFunction(
  'curl_fail_write',
  sh`
    case $(df -P "$1" 2>/dev/null | sed -n '$s/^.* \([0-9][0-9]*\)  *[0-9-][0-9]*% .*$/\1/p') in
      0) ${die} ${exitStatus.notWritable} "$1: no space left on the disk" ;;
      *) ${die} ${exitStatus.notWritable} "$1 cannot be written: no permission, or the disk or a quota is full" ;;
    esac
  `,
)

const programsByPacking: Readonly<Record<Packing, readonly string[]>> = {
  no: [],
  tar: ['tar'],
  tgz: ['tar', 'gzip'],
  zst: ['tar', 'zstd'],
  zip: [],
}

const has = shellFunction('curl_has', sh`command -v "$1" >/dev/null 2>&1`)

/** Prints the SHA-256 of a file. */
export const sha256 = shellFunction(
  'curl_sha256',
  sh`
    if ${has} sha256sum; then sha256sum -- "$1"
    elif ${has} shasum; then shasum -a 256 -- "$1"
    elif ${has} openssl; then openssl dgst -sha256 -r "$1"
    else return 1
    fi | cut -c 1-64
  `,
)

/** `hashes`: whether there is a program for SHA-256. */
export const hasHash = shellFunction('curl_hashes', sh`${has} sha256sum || ${has} shasum || ${has} openssl`)

/** `zipper`: prints the program that unpacks zip. */
export const zipper = shellFunction(
  'curl_zipper',
  sh`
    if ! ${has} unzip; then if ${has} python3; then echo python3; else return 1; fi
    elif unzip -v 2>/dev/null | grep -q 'Info-ZIP'; then echo unzip
    else echo busybox
    fi
  `,
)

const lack = shellFunction('curl_lack', sh`missing=$missing\${missing:+, }$1`)

/** Ends the step if programs are missing, and names all of them. */
export function requireTools(packing: Packing, sha256: boolean): Fragment {
  return sh`
    missing=
    for each in ${['curl', ...programsByPacking[packing]]}; do ${has} "$each" || ${lack} "$each"; done
    ${packing === 'zip' ? sh`${zipper} >/dev/null || ${lack} 'unzip (or python3)'` : sh`:`}
    ${sha256 ? sh`${hasHash} || ${lack} 'sha256sum (or shasum, openssl)'` : sh`:`}
    [ -z "$missing" ] || ${die} ${exitStatus.noTool} "not installed: $missing"
  `
}
