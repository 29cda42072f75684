import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type CliProject, createCliProject, type Lxc, type SshHosts, startLxc, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectStatus } from './project.ts'

let lxc: Lxc
let cluster: SshHosts
let project: CliProject
beforeAll(async () => {
  lxc = await startLxc()
  cluster = await startSshHosts(1, { user: 'sudo-nopass' })
  project = await createCliProject(cluster)
  const [host] = cluster.hosts
  const common = { lxcHost: host?.name, lxcPath: lxc.path, lxcClone: 'overlay', user: 'deploy' }
  const key = { lxcAuthorizedKeys: [`${cluster.key}.pub`], identityFiles: [cluster.key] }
  await project.config({
    plugins: ['lxc', './where.js'],
    environments: {
      far: { ...common, lxc: 'far' },
      deep: { ...common, ...key, lxc: 'deep', lxcEnter: 'ssh' },
      near: { ...common, ...key, lxcHost: null, lxc: 'near', lxcEnter: 'ssh' },
    },
  })
  await project.write(
    'where.js',
    `import { definePlugin } from 'dragonfab'
export default definePlugin({ name: 'where', tasks: { where: { summary: 'Say where', readOnly: true, run: ({ sh }) => sh\`echo "$(id -un)@$(hostname)"\` } } })
`,
  )
})
afterAll(async () => {
  await project?.remove()
  await cluster?.stop()
  await lxc?.stop()
})

const ends = async (status: number, ...words: string[]) => expectStatus(await project.run(...words), status)

test('on another machine, by a user with sudo, over one connection', async () => {
  cluster.hosts[0]?.reset()
  expect(await ends(0, 'far')).toMatch(/far: cloned from vanilla[\s\S]*far: up at 10\.203/)
  expect(await cluster.hosts[0]?.connections()).toBe(1)
  expect(await ends(0, 'far', 'where')).toContain('deploy@far')
  expect(await ends(0, 'far', 'lxc.status')).toContain('far  RUNNING')
  await ends(0, 'far', 'lxc.remove')
  expect((await lxc.run('lxc-ls', '-1')).stdout).not.toContain('far')
})

test.each(['deep', 'near'])('by SSH into it (%s): trusts a recreated container, and stores no host key', async (name) => {
  await ends(0, name)
  expect(await ends(0, name, 'where')).toContain(`deploy@${name}`)
  await ends(0, `${name}:force_new`)
  expect(await ends(0, name, 'where')).toContain(`deploy@${name}`)
  expect(existsSync(join(project.directory, '.ssh/known_hosts'))).toBe(false)
  await lxc.attach(name, ['sh', '-c', 'rm -f /etc/ssh/ssh_host_*'])
  expect(await ends(1, name, 'where')).toContain('[LXC_NO_HOST_KEY]')
  await ends(0, name, 'lxc.remove')
})
