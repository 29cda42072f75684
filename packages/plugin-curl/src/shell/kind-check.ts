import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import type { Packing } from '../request.ts'
import { die } from './tools.ts'

/** What each packing looks like to `looks`; a tar that is packed further may be what `tar` unpacks by itself, but not everywhere. */
const acceptedKinds: Readonly<Record<Exclude<Packing, 'no'>, readonly string[]>> = {
  tar: ['a tar archive', 'something else'],
  tgz: ['a gzip file'],
  zst: ['a zstd file'],
  zip: ['a zip file'],
}

/** `looks <file>`: what its first bytes say it is. */
const looks = shellFunction(
  'curl_looks',
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

/** Ends the step when the file cannot be what it should be, before anything is unpacked: most of all for a page where an archive was expected. */
export function buildKindCheck(packing: Packing, output: string | undefined): Fragment {
  const page = sh`${die} ${exitStatus.html} "$shown answers with an HTML page, not with "${packing === 'no' ? (output ?? 'a file') : `an archive (${packing})`}`
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
  *) ${die} ${exitStatus.notPacked} "what $shown answers with is $kind, not "${packingNames[packing]} ;;
esac`
  return sh`
    kind=$(${looks} "$DF_RUN/curl.file")
    [ "$kind" != empty ] || ${die} ${exitStatus.notPacked} "what $shown answers with is empty"
    ${kindCheck}
  `
}

const packingNames: Readonly<Record<Exclude<Packing, 'no'>, string>> = {
  tar: 'a tar archive',
  tgz: 'a tar archive packed with gzip (tgz)',
  zst: 'a tar archive packed with zstd (zst)',
  zip: 'a zip archive',
}

/** A file for which a page may well be right: one that is called so, or like no kind of archive or program. */
const mayBePage = (output = ''): boolean => !/\.(jar|war|ear|zip|whl|gz|tgz|tar|zst|xz|bz2|deb|rpm|phar|so|bin|exe|AppImage)$/i.test(output)
