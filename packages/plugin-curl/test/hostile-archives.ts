import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureServers, mustRun } from '@dragonfab/test-kit'

/** A member that no packer would make by itself. */
export interface ArchiveMember {
  readonly name: string
  readonly kind?: 'file' | 'link' | 'hard' | 'dir' | 'fifo' | 'device'
  readonly target?: string
  readonly text?: string
  readonly mode?: number
}

/** Several hosts are given the same one. */
const known = new Map<string, Promise<Buffer>>()

/** Archives with exactly these members, made by Python, which writes what it is told. */
export async function archiveOf(kind: 'tar' | 'tgz' | 'zip', members: readonly ArchiveMember[]): Promise<Buffer> {
  const key = JSON.stringify([kind, members])
  const body = known.get(key) ?? writeArchive(kind, members)
  known.set(key, body)
  return Buffer.from(await body)
}

async function writeArchive(kind: 'tar' | 'tgz' | 'zip', members: readonly ArchiveMember[]): Promise<Buffer> {
  await ensureServers({ python3: 'python3' })
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-hostile-'))
  try {
    const file = join(directory, 'archive')
    await mustRun(['python3', '-c', program, kind, file], { stdin: JSON.stringify(members) })
    return await readFile(file)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const program = `
import io, json, stat, sys, tarfile, zipfile
kind, path = sys.argv[1:]
members = json.load(sys.stdin)
if kind == "zip":
    with zipfile.ZipFile(path, "w") as archive:
        for each in members:
            info = zipfile.ZipInfo(each["name"])
            info.create_system = 3
            link = each.get("kind") == "link"
            info.external_attr = ((stat.S_IFLNK | 0o777) if link else (stat.S_IFREG | each.get("mode", 0o644))) << 16
            archive.writestr(info, each["target"] if link else each.get("text", "x\\n"), zipfile.ZIP_STORED if link else zipfile.ZIP_DEFLATED)
else:
    types = dict(file=tarfile.REGTYPE, link=tarfile.SYMTYPE, hard=tarfile.LNKTYPE, dir=tarfile.DIRTYPE, fifo=tarfile.FIFOTYPE, device=tarfile.CHRTYPE)
    with tarfile.open(path, "w:gz" if kind == "tgz" else "w", format=tarfile.GNU_FORMAT) as archive:
        for each in members:
            info = tarfile.TarInfo(each["name"])
            info.type = types[each.get("kind", "file")]
            info.mode = each.get("mode", 0o755 if info.type == tarfile.DIRTYPE else 0o644)
            info.linkname = each.get("target", "")
            info.uid = info.gid = 12345
            body = each.get("text", "x\\n").encode() if info.type == tarfile.REGTYPE else b""
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
`
