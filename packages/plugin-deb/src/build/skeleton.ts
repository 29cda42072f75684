import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type CodeStep, code, DragonfabError } from '@dragonfab/core'
import type { DebEnv } from '../env.ts'

/** Entries that are not part of an application. */
const excludedEntries =
  /^(?:debian|node_modules|wheelhouse|dumps|dist|environments\.[a-z]+|dragonfab\.config\.[a-z]+|deploy\.yml|\..*|.*\.debconf)$/

/** Writes a debian/ that can be built without changes. Never overwrites one. */
export function writeSkeleton(env: DebEnv): CodeStep {
  const { packageName, source, virtualenv } = env.deb
  const args = { packageName, source, ...(virtualenv !== undefined && { virtualenv }) }
  return code(
    { name: 'deb.skeleton', title: `write ${source}/debian`, args, target: 'local', showOutput: true },
    async ({ directory, log }) => {
      const root = resolve(directory, source)
      if (await stat(join(root, 'debian')).catch(() => undefined)) {
        throw new DragonfabError({
          code: 'DEB_SOURCE_THERE',
          message: `${join(root, 'debian')} already exists`,
          remedy: 'move it away to get a new one; nothing was written',
        })
      }
      const entries = (await readdir(root)).filter((name) => !excludedEntries.test(name) && !/\s/.test(name)).sort()
      const date = new Date().toUTCString().replace('GMT', '+0000')
      const maintainer = `${process.env.DEBFULLNAME ?? packageName} <${process.env.DEBEMAIL ?? `${packageName}@localhost`}>`
      const files = {
        control: `Source: ${packageName}
Section: misc
Priority: optional
Maintainer: ${maintainer}
Build-Depends: debhelper-compat (= 13)
Standards-Version: 4.6.2
Rules-Requires-Root: no

Package: ${packageName}
Architecture: ${virtualenv === undefined ? 'all' : 'any'}
Depends: \${misc:Depends}${virtualenv === undefined ? '' : ', python3'}
Description: ${env.projectName}
 Deployed with Dragonfab.
`,
        changelog: `${packageName} (0.1) unstable; urgency=medium

  * First package.

 -- ${maintainer}  ${date}
`,
        rules:
          '#!/usr/bin/make -f\n%:\n\tdh $@\n\n# Files are packaged as they are, built before (deb.preBuild).\noverride_dh_auto_configure override_dh_auto_build override_dh_auto_test override_dh_auto_install override_dh_auto_clean:\n',
        install: [
          ...entries.map((name) => `${name} opt/${packageName}\n`),
          ...(virtualenv === undefined ? [] : [`debian/virtualenv/* ${virtualenv.slice(1)}\n`]),
        ].join(''),
        'source/format': '3.0 (native)\n',
      }
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(root, 'debian', name)), { recursive: true })
        await writeFile(join(root, 'debian', name), text)
      }
      await chmod(join(root, 'debian/rules'), 0o755)
      log(`${source}/debian: control, changelog, rules, install (${entries.length} entries into /opt/${packageName})`)
      log('before each deployment, write a new version into debian/changelog, by hand or with dch -v')
    },
  )
}
