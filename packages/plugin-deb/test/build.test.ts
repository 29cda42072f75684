import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DebianHosts, ensureServers, mustRun, runCommand, type SshHosts, startDebianHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createDebProject, type DebProject, expectStatus, outputOf } from './fleet.ts'

let hosts: DebianHosts
let one: DebProject

beforeAll(async () => {
  await ensureServers({ 'dpkg-buildpackage': 'dpkg-dev', dh: 'debhelper', fakeroot: 'fakeroot' })
  hosts = await startDebianHosts(1)
})
afterAll(async () => {
  await hosts?.stop()
})
beforeEach(async () => {
  one = await createDebProject(hosts)
  return () => one.remove()
})

test('without debian/ suggests deb.skeleton, whose result `deploy` builds and deploys', async () => {
  await one.config({ source: 'app', preBuild: ['echo "built of $(cat part)" >whole'] })
  await mustRun(['mkdir', join(one.directory, 'app')])
  await one.write('app/part', 'parts\n')
  const none = await one.run('test', 'deb.build')
  expectStatus(none, 1)
  expect(outputOf(none)).toContain('deb.skeleton')
  expectStatus(await one.run('test', 'deb.skeleton'), 0)
  expectStatus(await one.run('test', 'deb.skeleton'), 1)
  await one.write('app/debian/install', 'whole opt/shop\n')
  const end = await one.run('test', 'deploy')
  expectStatus(end, 0)
  expect(outputOf(end)).toMatch(/dist\/shop_0\.1_all\.deb {2}sha256 [0-9a-f]{64}/)
  expect(await hosts.sh('web1', 'cat /opt/shop/whole')).toBe('built of parts\n')
  expect((await readdir(one.packages)).filter((name) => /\.(deb|changes)$/.test(name))).toEqual([
    'shop_0.1_all.deb',
    expect.stringMatching(/^shop_0\.1_.*\.changes$/),
  ])
})

test('names missing build dependencies before the build, and shows why a build failed', async () => {
  await one.config({ source: 'app', preBuild: ['echo before >before', 'echo "no compiler" >&2; false; true'] })
  await mustRun(['mkdir', join(one.directory, 'app')])
  expectStatus(await one.run('test', 'deb.skeleton'), 0)
  const failed = await one.run('test', 'deb.build')
  expectStatus(failed, 1)
  expect(outputOf(failed)).toContain('DEB_PRE_BUILD')
  expect(outputOf(failed)).toContain('no compiler')
  await rm(join(one.directory, 'app/before'))
  const control = join(one.directory, 'app/debian/control')
  await one.write(
    'app/debian/control',
    (await readFile(control, 'utf8')).replace('Build-Depends: ', 'Build-Depends: shop-compiler (>= 2), '),
  )
  const lacking = await one.run('test', 'deb.build')
  expectStatus(lacking, 1)
  expect(outputOf(lacking)).toMatch(/build dependencies are not installed: shop-compiler \(>= 2\)/)
  expect(await readdir(join(one.directory, 'app'))).not.toContain('before')
})

test('builds on another host, and leaves nothing behind there', async () => {
  const builders = await startSshHosts(1, { prefix: 'builder' })
  const through = await createDebProject({ ...hosts, sshConfig: await both(hosts, builders) })
  await through.config({ source: 'app', buildHost: 'builder1' })
  await mustRun(['mkdir', join(through.directory, 'app')])
  await through.write('app/part', 'parts\n')
  expectStatus(await through.run('test', 'deb.skeleton'), 0)
  const folders = async () => (await readdir('/tmp')).filter((name) => name.startsWith('dragonfab-build.'))
  const before = await folders()
  const built = await through.run('test', 'deb.build')
  expectStatus(built, 0)
  expect(outputOf(built)).toMatch(/dist\/shop_0\.1_all\.deb {2}sha256 [0-9a-f]{64}/)
  expect(await mustRun(['dpkg-deb', '-c', join(through.packages, 'shop_0.1_all.deb')])).toContain('./opt/shop/part')
  expect(await folders()).toEqual(before)
  const control = join(through.directory, 'app/debian/control')
  await through.write('app/debian/control', (await readFile(control, 'utf8')).replace('Build-Depends: ', 'Build-Depends: shop-compiler, '))
  const lacking = await through.run('test', 'deb.build')
  expectStatus(lacking, 1)
  expect(outputOf(lacking)).toMatch(/DEB_BUILD_DEPENDS/)
  expect(outputOf(lacking)).toMatch(/not installed: shop-compiler/)
  expect(await folders()).toEqual(before)
  await through.remove()
  await builders.stop()
})

test('packages a Python application with its wheels or a virtualenv that works on the host without an index', async () => {
  await ensureServers({ python3: 'python3', pip3: 'python3-pip python3-venv' })
  await one.config(
    {
      source: 'app',
      virtualenv: '/opt/shop/venv',
      wheel: true,
      collectstatic: true,
      djangoProject: 'site',
      requirements: ['requirements.txt'],
    },
    { hosts: ['local'] },
  )
  await mustRun(['mkdir', '-p', join(one.directory, 'app/site'), join(one.directory, 'app/greeting')])
  const info = 'greeting/greeting-1.0.dist-info'
  await mustRun(['mkdir', '-p', join(one.directory, 'app', info)])
  await one.write('app/greeting/greeting.py', "def main():\n    print('hello of a wheel')\n")
  await one.write(`app/${info}/METADATA`, 'Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n')
  await one.write(`app/${info}/WHEEL`, 'Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
  await one.write(`app/${info}/entry_points.txt`, '[console_scripts]\ngreet = greeting:main\n')
  await one.write(`app/${info}/RECORD`, '')
  const zip = ['python3', '-m', 'zipfile', '-c', '../greeting-1.0-py3-none-any.whl', 'greeting.py', 'greeting-1.0.dist-info']
  await mustRun(zip, { cwd: join(one.directory, 'app/greeting') })
  await one.write('app/requirements.txt', './greeting-1.0-py3-none-any.whl\n')
  await one.write('app/site/manage.py', "import sys\nopen('static.txt', 'w').write(' '.join(sys.argv[1:]))\n")
  expectStatus(await one.run('test', 'deb.skeleton'), 0)
  await one.write('app/debian/install', 'debian/virtualenv/* opt/shop/venv\nsite/static.txt opt/shop\nwheelhouse opt/shop\n')
  const built = await one.run('test', 'deb.build')
  expectStatus(built, 0)
  const [file = ''] = (await readdir(one.packages)).filter((name) => name.endsWith('.deb'))
  const tree = join(one.directory, 'tree')
  await mustRun(['dpkg-deb', '-x', join(one.packages, file), tree])
  expect(await readdir(join(tree, 'opt/shop/wheelhouse'))).toEqual([expect.stringMatching(/^greeting-1\.0-.*\.whl$/)])
  expect(await readFile(join(tree, 'opt/shop/static.txt'), 'utf8')).toBe('collectstatic --noinput')
  expect(await readFile(join(tree, 'opt/shop/venv/bin/greet'), 'utf8')).toMatch(/^#!\/opt\/shop\/venv\/bin\/python3?\n/)
  expect((await runCommand(['grep', '-rlF', join(one.directory, 'app/debian'), join(tree, 'opt/shop/venv')])).stdout).toBe('')
  // At its final path, in a separate mount namespace.
  const script = 'mount -t tmpfs tmpfs /opt && mkdir /opt/shop && cp -a "$1/opt/shop/." /opt/shop/ && exec /opt/shop/venv/bin/greet'
  expect(await mustRun(['unshare', '--mount', 'sh', '-c', script, 'sh', tree])).toBe('hello of a wheel\n')
})

/** One ssh_config for two sets of hosts. */
async function both(one: SshHosts, other: SshHosts): Promise<string> {
  const file = join(one.directory, 'both')
  await writeFile(file, (await Promise.all([one, other].map((each) => readFile(each.sshConfig, 'utf8')))).join('\n'))
  return file
}

test('builds and deploys a foreign source package with its dependencies, but not its other packages', async () => {
  const sources = join(one.directory, 'sources.list')
  const suite = /^VERSION_CODENAME=(\S+)/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1]
  await one.write('sources.list', `deb-src http://deb.debian.org/debian ${suite} main\n`)
  const own = ['-o', `Dir::Etc::SourceList=${sources}`, '-o', 'Dir::Etc::SourceParts=-', '-o', `Dir::State::Lists=${one.directory}/lists`]
  await mustRun(['mkdir', '-p', join(one.directory, 'lists/partial'), join(one.directory, 'from')])
  await mustRun(['apt-get', ...own, '-q', 'update'], { timeoutMs: 200_000 })
  await mustRun(['apt-get', ...own, '-q', 'source', 'cowsay'], { cwd: join(one.directory, 'from'), timeoutMs: 200_000 })
  const [folder = ''] = (await readdir(join(one.directory, 'from'), { withFileTypes: true }))
    .filter((each) => each.isDirectory())
    .map(({ name }) => name)
  await one.config({ packageName: 'cowsay', source: `from/${folder}`, packageDir: 'from' })
  expectStatus(await one.run('test', 'deb.build'), 0)
  expect((await readdir(join(one.directory, 'from'))).filter((name) => name.endsWith('.deb')).length).toBe(2)
  const end = await one.run('test', 'deb.deploy')
  expectStatus(end, 0)
  expect(await hosts.sh('web1', '/usr/games/cowsay hello')).toContain('< hello >')
  expect((await hosts.on('web1', ['dpkg', '-s', 'cowsay-off'])).status).toBe(1)
  expect((await runCommand(['dpkg', '-s', 'cowsay'])).status).toBe(1)
})
