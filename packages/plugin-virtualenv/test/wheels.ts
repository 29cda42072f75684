import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun, runCommand } from '@dragonfab/test-kit'

/** The system's own: what `python3` is on the PATH of whoever runs the tests may be anything. */
export const python = '/usr/bin/python3'

/** A build backend of thirty lines, so that packages are built by pip itself without setuptools and without an index. */
const backend = (name: string, version: string) => `
import os, zipfile
NAME, VERSION = ${JSON.stringify(name)}, ${JSON.stringify(version)}
INFO = '%s-%s.dist-info' % (NAME, VERSION)
def build_wheel(folder, settings=None, metadata=None):
    file = '%s-%s-py3-none-any.whl' % (NAME, VERSION)
    entries = {
        INFO + '/METADATA': 'Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n' % (NAME, VERSION),
        INFO + '/WHEEL': 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',
        INFO + '/entry_points.txt': '[console_scripts]\\n%s = %s:main\\n' % (NAME, NAME),
    }
    for each in os.listdir('.'):
        if each.endswith('.py') and each != 'backend.py':
            entries[each] = open(each).read()
    entries[INFO + '/RECORD'] = ''.join('%s,,\\n' % each for each in [*entries, INFO + '/RECORD'])
    with zipfile.ZipFile(os.path.join(folder, file), 'w') as wheel:
        for each, text in entries.items():
            wheel.writestr(each, text)
    return file
def build_editable(folder, settings=None, metadata=None):
    return build_wheel(folder)
`

/** The files of a package whose module and command both say `<name> <version>`. `needs` are wanted for building it. */
export function packageFiles(name: string, version: string, needs: readonly string[] = []): Readonly<Record<string, string>> {
  return {
    'pyproject.toml': `[project]\nname = "${name}"\nversion = "${version}"\n[build-system]\nrequires = ${JSON.stringify(needs)}\nbuild-backend = "backend"\nbackend-path = ["."]\n`,
    'backend.py': backend(name, version),
    [`${name}.py`]: `TEXT = ${JSON.stringify(`${name} ${version}`)}\ndef main():\n    print(TEXT)\n`,
  }
}

export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
}

/** Builds wheels into one folder by the packages' own backend, as pip would call it, without an index; `[['greeting', '1.0'], …]`. */
export async function wheelhouse(
  packages: readonly (readonly [string, string])[],
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  await pythonIsThere()
  const path = await mkdtemp(join(tmpdir(), 'dragonfab-wheels-'))
  const source = join(path, '.source')
  for (const [name, version] of packages) {
    await writeFiles(source, packageFiles(name, version))
    await mustRun([python, '-c', 'import sys; sys.path.insert(0, "."); import backend; backend.build_wheel("..")'], { cwd: source })
    await rm(source, { recursive: true })
  }
  await mustRun(['chmod', '-R', 'a+rX', path])
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

async function pythonIsThere(): Promise<void> {
  const works = () =>
    runCommand([python, '-c', 'import ensurepip']).then(
      ({ status }) => status === 0,
      () => false,
    )
  if (await works()) return
  const apt = ['flock', '/run/lock/dragonfab-test-apt', 'apt-get', '-o', 'DPkg::Lock::Timeout=400', '-qy']
  await mustRun([...apt, 'update'], { timeoutMs: 600_000 })
  await mustRun([...apt, 'install', '--no-install-recommends', 'python3-venv'], { timeoutMs: 900_000 })
  if (!(await works())) throw new Error('the tests need python3 with venv, and apt did not bring it')
}
