import { readlinkSync, renameSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createGitFixture, type GitFixture, mustRun } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVenvProject, type VenvProject } from './project.ts'
import { python, wheelhouse } from './wheels.ts'

/** A path that all releases share, as virtualenvwrapper has it, by a deployfile of fapistrano. */
let wheels: Awaited<ReturnType<typeof wheelhouse>>
let repository: GitFixture
let shop: VenvProject
let other: VenvProject
let home: string
let shared: string

beforeAll(async () => {
  wheels = await wheelhouse([
    ['greeting', '1.0'],
    ['greeting', '2.0'],
  ])
  repository = await createGitFixture({ content: { 'requirements.txt': 'greeting==1.0\n' } })
  shop = await createVenvProject()
  other = await createVenvProject()
  home = join(shop.directory, 'home/.virtualenvs')
  shared = join(home, 'shop')
  // What the original left: a real venv.
  await mkdir(home, { recursive: true })
  await mustRun([python, '-m', 'venv', shared])
  await mustRun([join(shared, 'bin/python'), '-m', 'pip', 'install', '--quiet', '--no-index', '--find-links', wheels.path, 'greeting==1.0'])
  for (const each of [shop, other]) await writeFile(join(each.directory, 'deploy.yml'), await deployfile(each))
})
afterAll(() => Promise.all([wheels, repository, shop, other].map((each) => each?.remove())))

const deployfile = async ({ path }: VenvProject) => `
app_name: shop
sudo_user: root
user: root
path: ${path}
repo: ${repository.url}
branch: main
plugins: [fapistrano.git, fapistrano.plugins.virtualenvwrapper]
virtualenvwrapper_source: /usr/local/bin/virtualenvwrapper.sh
virtualenvwrapper_home: ${home}
virtualenvwrapper_project: /%(virtualenvwrapper_home)s/%(project_name)s
virtualenvwrapper_activate: source %(virtualenvwrapper_project)s/bin/activate
virtualenvwrapper_requirements: '%(release_path)s/requirements.txt'
virtualenvwrapper_pip_upgrade: no
virtualenvwrapper_python: ${python}
virtualenvwrapper_index: no
virtualenvwrapper_wheelhouse: ${wheels.path}
stage_role_configs:
  production:
    web: { hosts: [local] }
`
const greets = () => mustRun([join(shared, 'bin/greeting')])
const run = async (of: VenvProject, ...words: readonly string[]) => {
  const { status, stdout, stderr } = await of.run([...words, '-s', 'production', '-r', 'web'])
  return { status, told: stdout + stderr }
}

test('it follows the live release; what stood there serves the releases that it served', async () => {
  // A release of before, that used the venv at the shared path.
  await mkdir(join(shop.path, 'releases/250101-000000'), { recursive: true })
  await mustRun(['ln', '-s', 'releases/250101-000000', shop.current])
  const first = await run(shop, 'release')
  expect(first.status, first.told).toBe(0)
  expect(readlinkSync(shared)).toBe(join(shop.current, 'venv'))
  expect(await mustRun(['readlink', '-f', shared])).toContain(shop.venvs)
  expect(await greets()).toBe('greeting 1.0\n')

  await repository.commit({ 'requirements.txt': 'greeting==2.0\n' })
  expect(await run(shop, 'release')).toMatchObject({ status: 0 })
  expect(await greets()).toBe('greeting 2.0\n')
  expect(await run(shop, 'rollback')).toMatchObject({ status: 0 })
  expect(await greets()).toBe('greeting 1.0\n')

  // All the way back: the venv of before, at the path that its scripts know.
  const before = await run(shop, 'rollback:250101-000000')
  expect(before.status, before.told).toBe(0)
  expect(await mustRun(['readlink', '-f', shared])).toBe(`${home}/.shop.before-dragonfab\n`)
  expect(await greets()).toBe('greeting 1.0\n')
})

test('a failure leaves it where it was', async () => {
  const was = await mustRun(['readlink', '-f', shared])
  await repository.commit({ 'requirements.txt': 'greeting==9.0\n' })
  const { status, told } = await run(shop, 'release')
  expect(status, told).toBe(1)
  expect(await mustRun(['readlink', '-f', shared])).toBe(was)
  expect(await greets()).toBe('greeting 1.0\n')
  await repository.commit({ 'requirements.txt': 'greeting==1.0\n' })
})

test('another deployment’s is refused, and so is what is no venv', async () => {
  const taken = await run(other, 'release')
  expect(taken.status, taken.told).toBe(1)
  expect(taken.told).toContain('[VENV_PATH_TAKEN]')
  expect(taken.told).toContain(`points to ${shop.current}/venv of another deployment`)
  expect(await greets()).toBe('greeting 1.0\n')
  renameSync(shared, `${shared}.link`)
  await writeFile(shared, 'a file')
  const file = await run(other, 'release')
  expect(file.status, file.told).toBe(1)
  expect(file.told).toContain(`${shared} is not a venv`)
})
