import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createTestUser, runCommand, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AcceptanceProject, createProject } from '../../src/project.ts'
import { createStand, type TestStand } from '../../src/test-stand.ts'
import { hostileFields, judge } from './fields.ts'
import { canary, escaped, values } from './values.ts'

// INJ-01, the second half: what was taken at load arrives on real hosts byte for byte, and nothing of it is ever run. Each host of one run has its
// own hostile values in all fields at once; a third of the hosts each have dash, bash and busybox for `sh`.
const verdicts = new Map(hostileFields().map((field) => [field.name, judge(field, values)]))
const taken = (name: string): readonly string[] => verdicts.get(name)?.accepted ?? []
/** Values that can be the name of a file in one folder. */
const names = (name: string) =>
  taken(name).filter((value) => !value.includes('/') && Buffer.byteLength(value) <= 240 && !/^\.*$/.test(value))
const paths = values.filter(
  (value) =>
    value &&
    !/[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]/.test(value.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '')) &&
    !value.includes('/') &&
    !/^\.*$/.test(value) &&
    Buffer.byteLength(value) <= 240,
)
const branches = taken('git.branch').filter((value) => Buffer.byteLength(value) <= 200 && !value.startsWith('refs/') && value !== 'HEAD')

const count = Math.max(paths.length, names('linkedFiles').length, branches.length)
const shells = ['dash', 'bash', 'busybox'] as const
/** Sessions at once on one connection. */
const perHost = 8
const pick = <T>(from: readonly T[], index: number): T => from[index % from.length] as T
const spread = (from: readonly string[], index: number): readonly string[] => from.filter((_, at) => at % count === index % count)

let on: TestStand
let shop: AcceptanceProject
const clusters: SshHosts[] = []
interface Case {
  readonly name: string
  readonly address: string
  readonly root: string
  readonly path: string
  readonly sharedPath: string
  readonly linkedFile: string
  readonly linkedDir: string
  readonly environmentFile: string
  readonly revisionFile: string
  readonly repoPath: string
  readonly branch: string
  readonly dotenv: Readonly<Record<string, string>>
  readonly shellEnv: Readonly<Record<string, string>>
  readonly given: Readonly<Record<string, string>>
}
let cases: readonly Case[] = []

beforeAll(async () => {
  rmSync(canary, { force: true })
  const user = await createTestUser('plain')
  on = await createStand({ hosts: 1, repository: { files: 3 } })
  for (const sh of shells) clusters.push(await startSshHosts(Math.ceil(count / shells.length / perHost), { user, sh, prefix: `${sh}-` }))
  const hosts = clusters.flatMap((cluster) => cluster.hosts)
  for (const branch of new Set(branches))
    await on.repository.git('update-ref', `refs/heads/${branch}`, on.repository.first).catch((error) => conflicts.push(String(error)))
  await on.repository.git('push', '--quiet', '--mirror', on.repository.path)
  cases = Array.from({ length: count }, (_, index): Case => {
    const host = pick(hosts, index)
    const root = join(host.root, `h${index}`)
    const path = join(root, pick(paths, index))
    return {
      name: `h${index}`,
      address: host.name,
      root,
      path,
      sharedPath: join(root, `${pick(paths, index + 11)}.s`),
      linkedFile: pick(names('linkedFiles'), index),
      linkedDir: `${pick(names('linkedDirs'), index + 23)}.d`,
      environmentFile: `${pick(names('environmentFile'), index + 37)}.e`,
      revisionFile: `${pick(names('git.revisionFile'), index + 41)}.r`,
      repoPath: join(root, `${pick(paths, index + 53)}.g`),
      branch: pick(branches, index),
      dotenv: Object.fromEntries(spread(taken('dotenv'), index).map((value, at) => [`D${at}x`, value])),
      shellEnv: Object.fromEntries(
        spread(
          taken('shellEnv').filter((value) => Buffer.byteLength(value) < 6000),
          index,
        ).map((value, at) => [`E${at}x`, value]),
      ),
      given: Object.fromEntries(spread(taken('vars.one'), index).map((value, at) => [`v${at}`, value])),
    }
  })
})
afterAll(async () => {
  await Promise.all(clusters.map((cluster) => cluster.stop()))
  await on?.stop()
  await shop?.remove()
})
const conflicts: string[] = []

const percent = (table: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(table).map(([key, value]) => [key, escaped(value)]))

describe('every value in every field, on real hosts, in one run', () => {
  test('is released, arrives byte for byte, and is never evaluated', async () => {
    shop = await createProject(clusters[0] as SshHosts, { name: 'hostile', sshConfig: await sshConfig() })
    const hosts = cases.map((each) => ({
      name: each.name,
      address: each.address,
      path: escaped(each.path),
      sharedPath: escaped(each.sharedPath),
      linkedFiles: [{ path: escaped(each.linkedFile), missing: 'create' }],
      linkedDirs: [escaped(each.linkedDir)],
      environmentFile: escaped(each.environmentFile),
      dotenv: percent(each.dotenv),
      shellEnv: percent(each.shellEnv),
      vars: percent(each.given),
      git: { revisionFile: escaped(each.revisionFile), repoPath: escaped(each.repoPath) },
    }))
    const most = Math.max(...cases.map(({ given }) => Object.keys(given).length))
    await shop.typescript(`
      plugins: [git({ repo: ${JSON.stringify(on.url)}, branch: 'main' })],
      vars: ${JSON.stringify(Object.fromEntries(Array.from({ length: most }, (_, at) => [`v${at}`, '-'])))},
      environments: { live: { hosts: ${JSON.stringify(hosts)} } },
      hooks: { 'deploy.updated': ({ env, sh }) => [
        sh\`env >/dev/null; cat /proc/self/environ >\${env.releasePath}/seen-environment\`,
        sh\`printf '%s\\0' \${Object.values(env.vars)} >\${env.releasePath}/seen-vars\`,
      ] },`)
    const result = await shop.run(['live', 'deploy', '--parallel', '20'], { timeoutMs: 240_000 })
    expect(result.status, result.stderr.slice(-6000)).toBe(0)
    expect(existsSync(canary)).toBe(false)
    console.log(`${cases.length} hosts, ${Math.round(result.ms)} ms`)
    for (const each of cases) {
      const current = join(each.path, 'current')
      expect(readdirSync(each.root).sort(), each.name).toEqual(
        [...new Set([each.path, each.sharedPath, each.repoPath].map((path) => path.slice(each.root.length + 1)))].sort(),
      )
      expect(readlinkSync(join(current, each.linkedFile))).toBe(join(each.sharedPath, each.linkedFile))
      expect(readlinkSync(join(current, each.linkedDir))).toBe(join(each.sharedPath, each.linkedDir))
      expect(readFileSync(join(current, each.revisionFile), 'utf8')).toBe(`${on.repository.first}\n`)
      expect(existsSync(join(each.repoPath, 'HEAD'))).toBe(true)
      const environment = readFileSync(join(current, 'seen-environment'), 'utf8').split('\0')
      for (const [name, value] of Object.entries(each.shellEnv)) expect(environment).toContain(`${name}=${value}`)
      const vars = readFileSync(join(current, 'seen-vars'), 'utf8').split('\0')
      for (const [name, value] of Object.entries(each.given)) expect(vars[Number(name.slice(1))]).toBe(value)
      if (Object.keys(each.dotenv).length === 0) continue
      const read = await runCommand(
        [
          'dash',
          '-c',
          '. "./$1"; shift; for n; do eval "printf \'%s\\0\' \\"\\$$n\\""; done',
          'sh',
          each.environmentFile,
          ...Object.keys(each.dotenv),
        ],
        { cwd: current },
      )
      expect(read.stdout.split('\0').slice(0, -1), read.stderr).toEqual(Object.values(each.dotenv))
    }
  })

  test('is uploaded too, where a name looks like an escape', async () => {
    const odd = cases.filter(({ path }) => path.includes('\\')).slice(0, 8)
    expect(odd.length).toBeGreaterThan(3)
    const only = odd.flatMap(({ name }) => ['--host', name])
    const result = await shop.run(['live', 'deploy', '--git-strategy', 'upload', ...only])
    expect(result.status, result.stderr.slice(-6000)).toBe(0)
    expect(existsSync(canary)).toBe(false)
    for (const { path } of odd) expect(readdirSync(join(path, 'releases')).length).toBe(2)
  })
})

async function sshConfig(): Promise<string> {
  const { writeFile } = await import('node:fs/promises')
  const file = join(clusters[0]?.directory ?? '', 'ssh_config-all')
  await writeFile(file, clusters.map((cluster) => readFileSync(cluster.sshConfig, 'utf8')).join('\n'))
  return file
}
