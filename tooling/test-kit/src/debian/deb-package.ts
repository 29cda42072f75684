import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { mustRun } from '../command.ts'

export interface DebSpec {
  readonly name: string
  readonly version: string
  /** `all` by default. */
  readonly architecture?: string | undefined
  /** Further fields of its control file: `{ Depends: 'debconf' }`. */
  readonly fields?: Readonly<Record<string, string>> | undefined
  /** Paths and texts; what lies in /etc is a conffile, what lies in a `bin` is executable. */
  readonly files?: Readonly<Record<string, string>> | undefined
  /** `postinst`, `config`, `templates`, … */
  readonly control?: Readonly<Record<string, string>> | undefined
}

/** Builds a binary package with dpkg-deb in `folder`, under the name that dpkg gives it; gives its path. */
export async function buildDebPackage(folder: string, spec: DebSpec): Promise<string> {
  const { name, version, architecture = 'all', files = {}, control = {} } = spec
  const tree = await mkdtemp(join(tmpdir(), 'dragonfab-deb-'))
  await chmod(tree, 0o755)
  const fields = { Package: name, Version: version, Architecture: architecture, Maintainer: 'Tests <tests@example.org>', ...spec.fields }
  const told = Object.entries({ ...fields, Description: 'for a test' }).map(([field, value]) => `${field}: ${value}\n`)
  const conffiles = Object.keys(files).filter((file) => file.startsWith('/etc/'))
  const inside: Record<string, string> = {
    ...files,
    '/DEBIAN/control': told.join(''),
    ...(conffiles.length && { '/DEBIAN/conffiles': conffiles.map((file) => `${file}\n`).join('') }),
    ...Object.fromEntries(Object.entries(control).map(([file, text]) => [`/DEBIAN/${file}`, text])),
  }
  for (const [file, text] of Object.entries(inside)) {
    await mkdir(dirname(join(tree, file)), { recursive: true })
    await writeFile(join(tree, file), text)
    const runs = /\/bin\/|^\/DEBIAN\/(?:preinst|postinst|prerm|postrm|config)$/.test(file)
    await chmod(join(tree, file), runs ? 0o755 : 0o644)
  }
  const built = join(folder, `${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`)
  await mustRun(['dpkg-deb', '--root-owner-group', '-Zgzip', '--build', tree, built])
  await rm(tree, { recursive: true })
  return built
}
