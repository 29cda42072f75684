import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import type { Packing } from '../request.ts'
import { die } from './tools.ts'

/** What `find_kind` prints for each packing. Some versions of `tar` unpack a compressed archive themselves, but not all. */
const acceptedKinds: Readonly<Record<Exclude<Packing, 'no'>, readonly string[]>> = {
  tar: ['a tar archive', 'something else'],
  tgz: ['a gzip file'],
  zst: ['a zstd file'],
  zip: ['a zip file'],
}

/** `find_kind <file>`: prints its kind, by its first bytes. */
const findKind = shellFunction(
  'curl_find_kind',
  sh`
    [ -s "$1" ] || { echo 'empty'; return; }
    case $(dd if="$1" bs=4 count=1 2>/dev/null | od -An -tx1 | tr -d ' \n') in
      1f8b*) echo 'a gzip file'; return ;;
      28b52ffd) echo 'a zstd file'; return ;;
      504b0304|504b0506|504b0708) echo 'a zip file'; return ;;
      425a68*) echo 'a bzip2 file'; return ;;
      fd377a58) echo 'an xz file'; return ;;
    esac
    if [ "$(dd if="$1" bs=1 skip=257 count=5 2>/dev/null | tr -d '\000')" = ustar ]; then echo 'a tar archive'; return; fi
    case $(dd if="$1" bs=1024 count=1 2>/dev/null | LC_ALL=C tr -d '\000-\040' | LC_ALL=C tr '[:upper:]' '[:lower:]') in
      '<!doctypehtml'*|'<html'*|'<!--'*'<html'*|'<?xml'*'<html'*) echo 'an HTML page' ;;
      '<'*) echo 'an XML or HTML text' ;;
      '{'*|'['*) echo 'a JSON text' ;;
      *) echo 'something else' ;;
    esac
  `,
)

/** Ends the step before anything is unpacked if the file has the wrong kind, for example a login page instead of an archive. */
export function buildKindCheck(packing: Packing, output: string | undefined): Fragment {
  const page = sh`${die} ${exitStatus.html} "$source answered with an HTML page instead of "${packing === 'no' ? (output ?? 'a file') : `an archive (${packing})`}`
  const kindCheck =
    packing === 'no'
      ? mayBePage(output)
        ? sh`:`
        : sh`case $type/$kind in text/html*'/an HTML page') ${page} ;; esac`
      : sh`case $kind in
  ${sh.join(
    acceptedKinds[packing].map((each) => sh`${each}`),
    '|',
  )}) ;;
  'an HTML page') ${page} ;;
  *) ${die} ${exitStatus.notPacked} "$source answered with $kind instead of "${packingNames[packing]} ;;
esac`
  return sh`
    kind=$(${findKind} "$DF_RUN/curl.file")
    [ "$kind" != empty ] || ${die} ${exitStatus.notPacked} "$source answered with an empty file"
    ${kindCheck}
  `
}

const packingNames: Readonly<Record<Exclude<Packing, 'no'>, string>> = {
  tar: 'a tar archive',
  tgz: 'a tar archive packed with gzip (tgz)',
  zst: 'a tar archive packed with zstd (zst)',
  zip: 'a zip archive',
}

/** Whether a page may be the right content: the file's name says so, or is not that of an archive or a program. */
const mayBePage = (output = ''): boolean => !/\.(jar|war|ear|zip|whl|gz|tgz|tar|zst|xz|bz2|deb|rpm|phar|so|bin|exe|AppImage)$/i.test(output)
