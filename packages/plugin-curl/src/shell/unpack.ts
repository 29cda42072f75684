import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import type { Packing } from '../request.ts'
import { guard, links } from './guard-names.ts'
import { die, failWrite, zipper } from './tools.ts'

/**
 * Unpacks "$DF_RUN/curl.file" into the release. First every name is checked, then it is unpacked, then the links on the disk are checked,
 * because a list can be misread. There are no pipes between the programs, so that the status of each is known.
 */
export function buildUnpack(packing: Exclude<Packing, 'no'>, release: string, allowLinks: readonly string[]): Fragment {
  return sh`
    allowed=${allowLinks.join('\n')}
    ${packing === 'zip' ? sh`tool=$(${zipper})` : sh``}
    cd -- ${release}
    ${links} >"$DF_RUN/curl.before"
    ${packing === 'zip' ? listZip : listTarScript(packing)}
    sed 's/^l/L/' "$DF_RUN/curl.before" >>"$DF_RUN/curl.list"
    ${guard} "$DF_RUN/curl.list"
    ${packing === 'zip' ? extractZip : extractTar}
    ${links} | before=$DF_RUN/curl.before awk 'BEGIN { while ((getline line <ENVIRON["before"]) > 0) old[line] = 1 } !($0 in old)' >"$DF_RUN/curl.links"
    ${guard} "$DF_RUN/curl.links"
    rm -f -- "$DF_RUN/curl.file" "$DF_RUN/curl.tar" "$DF_RUN/curl.names" "$DF_RUN/curl.verbose" "$DF_RUN/curl.list" "$DF_RUN/curl.before" "$DF_RUN/curl.links"
  `
}

/** `fail_archive <action> <output of a program>`: ends the step. */
const failArchive = shellFunction(
  'curl_fail_archive',
  sh`
    [ -z "$2" ] || printf '%s\n' "$2" >&2
    case $2 in *[Nn]'o space left'*|*[Qq]'uota exceeded'*) ${failWrite} . ;; esac
    ${die} ${exitStatus.notPacked} "the archive cannot be $1: $(printf '%s\n' "$2" | tail -n 1)"
  `,
)

/** `refuse_renames <output>`: ends the step if the output says that names would be changed. */
const refuseRenames = shellFunction(
  'curl_refuse_renames',
  sh`
    case $1 in *emoving\ leading*|*tripped\ absolute*|*skipped*) printf '%s\n' "$1" >&2; ${die} ${exitStatus.leadsOut} "the archive is refused: $(printf '%s\n' "$1" | head -n 1)" ;; esac
  `,
)

const decompressScripts: Readonly<Record<'tar' | 'tgz' | 'zst', Fragment>> = {
  // A tar that was truncated after a block unpacks silently. Only the empty blocks at its end show that it is complete.
  tar: sh`
    [ "$(tail -c 1024 -- "$DF_RUN/curl.file" | tr -d '\000' | wc -c)" -eq 0 ] || ${failArchive} unpacked 'it is truncated: its end is missing'
    mv -f -- "$DF_RUN/curl.file" "$DF_RUN/curl.tar"
  `,
  tgz: sh`message=$(LC_ALL=C gzip -dc <"$DF_RUN/curl.file" 2>&1 >"$DF_RUN/curl.tar") || ${failArchive} unpacked "$message"`,
  zst: sh`message=$(LC_ALL=C zstd -dcq <"$DF_RUN/curl.file" 2>&1 >"$DF_RUN/curl.tar") || ${failArchive} unpacked "$message"`,
}

/** Lists "$DF_RUN/curl.tar". Names come from `tar -t`; kinds and targets from `tar -tv`, whose lines end with the name. */
const listTar = shellFunction(
  'curl_list_tar',
  sh`
    rm -f -- "$DF_RUN/curl.file"
    message=$(LC_ALL=C tar -tf "$DF_RUN/curl.tar" 2>&1 >"$DF_RUN/curl.names") || ${failArchive} read "$message"
    ${refuseRenames} "$message"
    [ -s "$DF_RUN/curl.names" ] || ${failArchive} read 'it has no files'
    message=$(LC_ALL=C tar -tvf "$DF_RUN/curl.tar" 2>&1 >"$DF_RUN/curl.verbose") || ${failArchive} read "$message"
    names=$DF_RUN/curl.names LC_ALL=C awk '
      BEGIN { names = ENVIRON["names"] }
      {
        line = $0
        if ((getline name <names) <= 0) { print "?\t../the list of names ends too early\t"; exit }
        kind = substr(line, 1, 10); at = length(line) - length(name); target = ""
        if (at < 0 || substr(line, at + 1) != name) {
          for (i = 1; i <= 2; i++) {
            arrow = i == 1 ? " -> " : " link to "
            if (p = index(line, name arrow)) { target = substr(line, p + length(name arrow)); break }
          }
          if (kind ~ /^-/) kind = "h" substr(kind, 2)
        }
        print kind "\t" name "\t" target
      }' "$DF_RUN/curl.verbose" >"$DF_RUN/curl.list"
  `,
)

const listTarScript = (packing: 'tar' | 'tgz' | 'zst'): Fragment => sh`
  (umask 077
  ${decompressScripts[packing]}
  ${listTar}
  ) || exit
`

/** -o: the archive's owners mean nothing on this host. */
const extractTar = shellFunction(
  'curl_extract_tar',
  sh`
    message=$(LC_ALL=C tar -xof "$DF_RUN/curl.tar" 2>&1) || ${failArchive} unpacked "$message"
    [ -z "$message" ] || printf '%s\n' "$message" >&2
  `,
)

const zipProgram = `
import os, stat, sys, zipfile
archive, what = zipfile.ZipFile(sys.argv[1]), sys.argv[2]
mask = os.umask(0)
os.umask(mask)
if what == "list":
    for name in archive.namelist(): print(name.replace("\\n", "?/../"))
else:
    for each in archive.infolist():
        mode = each.external_attr >> 16
        if stat.S_ISLNK(mode): sys.exit(each.filename + " is a link: only unzip unpacks it")
        path = archive.extract(each)
        if mode and not each.is_dir(): os.chmod(path, mode & 0o777 & ~mask)
`

const python = shellFunction('curl_python', sh`LC_ALL=C.UTF-8 python3 -c ${zipProgram} "$DF_RUN/curl.file" "$1"`)

/** Info-ZIP exits with 1 for a warning. It reads backslashes as slashes. */
const listZip = shellFunction(
  'curl_list_zip',
  sh`
    case $tool in
      unzip) message=$(LC_ALL=C unzip -Z1 "$DF_RUN/curl.file" 2>&1 >"$DF_RUN/curl.names") || [ $? -eq 1 ] || ${failArchive} read "$message" ;;
      busybox) message=$(LC_ALL=C unzip -l "$DF_RUN/curl.file" 2>&1 >"$DF_RUN/curl.verbose") || ${failArchive} read "$message" ;;
      python3) message=$(${python} list 2>&1 >"$DF_RUN/curl.names") || ${failArchive} read "$message" ;;
    esac
    ${refuseRenames} "$message"
    # The table of busybox has three columns, three spaces and the name, and a line of dashes before and after.
    [ "$tool" != busybox ] || sed -n '/^ *-----/,/^ *-----/{ /^ *-----/d; s/^ *[0-9]\{1,\} \{1,\}[-0-9]\{1,\} \{1,\}[0-9:]\{1,\} \{3\}//p; }' "$DF_RUN/curl.verbose" >"$DF_RUN/curl.names"
    [ -s "$DF_RUN/curl.names" ] || ${failArchive} read 'it has no files'
    tr '\\\t' '/?' <"$DF_RUN/curl.names" | sed 's/^/-\t/; s/$/\t/' >"$DF_RUN/curl.list"
  `,
)

/** The same programs unpack. */
const extractZip = shellFunction(
  'curl_extract_zip',
  sh`
    case $tool in
      unzip) message=$(LC_ALL=C unzip -qo "$DF_RUN/curl.file" 2>&1) || [ $? -eq 1 ] || ${failArchive} unpacked "$message" ;;
      busybox) message=$(LC_ALL=C unzip -qo "$DF_RUN/curl.file" 2>&1) || ${failArchive} unpacked "$message" ;;
      python3) message=$(${python} extract 2>&1) || ${failArchive} unpacked "$message" ;;
    esac
    ${refuseRenames} "$message"
  `,
)
