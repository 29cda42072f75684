import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig, definePlugin, describeTarget, hide, secretText, text } from '@dragonfab/core'
import release from '@dragonfab/plugin-release'
import { afterEach, describe, expect, test } from 'vitest'
import { type TestEnvironment, type TestOptions, testEnvironment, testPlugin } from '../src/index.ts'

const made: TestEnvironment[] = []
const keep = <T extends TestEnvironment>(site: T): T => {
  made.push(site)
  return site
}
afterEach(() => {
  for (const each of made.splice(0)) each.remove()
})

const nginx = definePlugin({
  name: 'nginx',
  needs: [release()],
  options: {
    conf: text({ help: 'its configuration', default: '/etc/nginx/%(appName)s.conf' }),
    password: secretText({ help: 'of the page', required: true }),
  },
  hooks: {
    'deploy.updating': [
      ({ env, sh, step }) =>
        step(sh`cd ${env.releasePath}; echo ${env.host} >index.html; test -n ${env.nginx.password}`, {
          title: 'write',
        }),
      ({ env, sh, step }) =>
        step(sh`echo ${env.role ?? 'no'} role; printf '%s|' "$HOME" "$USER"; env | grep -c '^VITEST' || :`, {
          title: 'say',
        }),
    ],
    'deploy.published': ({ env, sh, step }) => [
      step(sh`mkdir -p ${env.nginx.conf.replace(/[^/]*$/, '')}; ln -sfn ${env.currentPath}/nginx.conf ${env.nginx.conf}`, {
        title: 'link',
      }),
      step(sh`nginx -t 'a  b' && systemctl reload nginx`, { as: 'root', title: 'reload' }),
    ],
  },
})

const config = defineConfig({
  appName: 'shop',
  plugins: [nginx()],
  environments: {
    __all__: { user: 'deploy', path: '/srv/%(appName)s', nginx: { password: hide('canary') } },
    production: { roles: { web: { hosts: ['web1', 'web2'] }, cron: { hosts: ['web2'], path: '/srv/cron' } } },
    local: { hosts: ['local'], path: './.deployed' },
  },
})
const production = async (options: TestOptions = {}) =>
  keep(await testEnvironment(config, 'production', { commands: { nginx: {}, systemctl: {} }, pathVariables: ['nginx.conf'], ...options }))

describe('a plan', () => {
  test('is text that can be compared: the same at every time, with the paths of the hosts', async () => {
    const site = await production()
    const plan = await site.plan('deploy --role web')
    expect(plan.hosts).toEqual(['web1', 'web2/web'])
    expect(plan.steps({ host: 'web1', plugin: 'nginx' }).map(({ signal, as, text }) => [signal, as, text])).toEqual([
      ['deploy.updating', undefined, 'cd /srv/shop/releases/260101-000000; echo web1 >index.html; test -n "$DF_S1"'],
      ['deploy.updating', undefined, expect.stringContaining('echo web role')],
      ['deploy.published', undefined, 'mkdir -p /etc/nginx/; ln -sfn /srv/shop/current/nginx.conf /etc/nginx/shop.conf'],
      ['deploy.published', 'root', "nginx -t 'a  b' && systemctl reload nginx"],
    ])
    expect((await site.plan('deploy --role web')).scripts('web1')).toBe(plan.scripts('web1'))
    expect(plan.scripts('web1')).toMatch(/^### release: starting started updating updated\n/)
    expect(plan.scripts('web1')).toContain('### release: publishing published | as root\n')
    expect(plan.scripts('web1', { undoing: true })).toContain('systemctl reload nginx')
    expect(plan.scripts('web1')).not.toContain(tmpdir())
    expect(JSON.stringify(plan)).not.toContain('canary')
    // Nothing was changed for it.
    expect(site.host('web1').list('/srv')).toEqual([])
  })

  test('is refused as the command line refuses it', async () => {
    const site = await production()
    await expect(site.plan('deploi')).rejects.toMatchObject({ problems: [{ remedy: expect.stringContaining('did you mean "deploy"') }] })
    await expect(site.plan('deploy --rol web')).rejects.toThrow('--rol')
    await expect(testEnvironment({ ...config, appNmae: 'x' }, 'production')).rejects.toMatchObject({
      problems: [{ remedy: expect.stringContaining('did you mean "appName"') }],
    })
  })
})

describe('a run', () => {
  test('happens on hosts with folders, homes and programs of their own', async () => {
    expect(Object.keys(process.env).filter((name) => name.startsWith('VITEST'))).not.toEqual([])
    const site = await production()
    const run = await site.run('deploy')
    expect(run, JSON.stringify(run.problems)).toMatchObject({ status: 0, hosts: { web1: 'done', 'web2/web': 'done', 'web2/cron': 'done' } })
    expect(site.host('web1').read('current/index.html')).toBe('web1\n')
    expect(site.host('web2/web').read('/srv/shop/current/index.html')).toBe('web2/web\n')
    expect(site.host('web2/cron').read('current/index.html')).toBe('web2/cron\n')
    // Two roles on one machine.
    expect(site.host('web2/cron').read('/srv/shop/current/index.html')).toBe('web2/web\n')
    expect(site.host('web1').list('/etc/nginx')).toEqual(['shop.conf'])
    expect(run.output('web1')).toContain('web role\n/home/deploy|deploy|0\n')
    expect(run.plan?.steps({ host: 'web1', step: 'write' })[0]?.text).toContain('/srv/shop/releases/260101-000000')
    expect(run.steps('web1').map(({ title }) => title)).toContain('reload')
  })

  test('programs answer, and their calls are written down', async () => {
    const answers = [
      { args: ['reload', 'nginx'], times: 1 },
      { args: ['reload'], status: 5, stderr: 'it’s not running\n' },
    ]
    const site = await production({ commands: { nginx: 'case $1 in -t) [ "$2" = "a  b" ] ;; esac', systemctl: answers } })
    expect(await site.run('deploy --role web')).toMatchObject({ status: 0 })
    const web1 = site.host('web1')
    expect(web1.calls('nginx')).toEqual([{ command: 'nginx', args: ['-t', 'a  b'], cwd: '/home/deploy' }])
    expect(web1.calls().map(({ command }) => command)).toEqual(['sudo', 'nginx', 'systemctl'])
    expect(web1.calls('sudo')[0]?.args.slice(0, 5)).toEqual(['-n', '-H', '-u', 'root', '--'])

    const again = await site.run('deploy --role web')
    expect(again).toMatchObject({ status: 4 })
    expect(again.problems[0]?.cause).toContain('it’s not running')
    expect(web1.release).toBe('260101-000000')

    web1.answer('systemctl', {})
    site.host('web2/web').answer('systemctl', {})
    expect(await site.run('deploy --role web')).toMatchObject({ status: 0 })
    expect(web1.release).toBe('260101-000200')
    // The second one was live and is bad; it stays for whoever wants to know why.
    expect(web1.releases).toEqual(['260101-000000', '260101-000100', '260101-000200'])
  })

  test('what would act on this machine needs an answer', async () => {
    const site = await production({ commands: { nginx: {} } })
    const run = await site.run('deploy')
    expect(run.status).toBe(3)
    expect(run.problems.map(({ cause }) => cause).join()).toContain("commands: { 'systemctl': { status: 0 } }")
  })

  test('one that fails, one that cannot be planned', async () => {
    const site = await production()
    site.host('web1').write('shared', 'a file where a folder should be')
    expect(await site.run('deploy')).toMatchObject({ status: 1 })
    site.host('web1').remove('shared')
    expect(await site.run('rollback')).toMatchObject({ status: 1, plan: undefined })
    expect(await site.run('deploy')).toMatchObject({ status: 0 })
    expect(await site.run('rollback:nonsense')).toMatchObject({ status: 1, plan: undefined, codes: Array(3).fill('ROLLBACK_TARGET') })
  })

  test('nothing outside of the hosts is touched, also where the host is this machine', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dragonfab-site-'))
    try {
      const site = keep(
        await testEnvironment(config, 'local', {
          directory: folder,
          commands: { nginx: {}, systemctl: {} },
          pathVariables: ['nginx.conf'],
        }),
      )
      expect(await site.run('deploy')).toMatchObject({ status: 0 })
      expect(site.host().read('current/index.html')).toBe('local\n')
      expect(existsSync(join(folder, '.deployed'))).toBe(false)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('with another shell', async () => {
    const shell = definePlugin({
      name: 'shell',
      tasks: { which: { summary: 'x', readOnly: true, run: ({ sh }) => sh`readlink /proc/$$/exe` } },
    })
    const site = keep(await testPlugin(shell(), { hosts: ['web1'], sh: '/bin/busybox' }))
    expect((await site.run('which')).output()).toContain('busybox')
    expect((await keep(await testPlugin(shell(), { hosts: ['web1'] })).run('which')).output()).not.toContain('busybox')
  })

  test('observers are told, hosts are wrapped by `connect`', async () => {
    const seen: string[] = []
    const plugin = definePlugin({
      name: 'inside',
      connect: async ({ executor, log }) => {
        log('prepared')
        return {
          ...executor,
          label: `${executor.label} › box`,
          close: () => executor.close(),
          open: (argv, options) => executor.open(['env', 'BOX=1', ...argv], options),
        }
      },
      observe: { 'step:output': ({ target, text }) => seen.push(`${describeTarget(target)}: ${text}`) },
      tasks: { box: { summary: 'x', run: ({ sh }) => sh`echo "box $BOX"` } },
    })
    const site = keep(await testPlugin(plugin(), { hosts: ['web1'] }))
    const run = await site.run('box')
    expect(seen).toEqual(['web1: box 1\n'])
    expect(run.events.find((event) => event.type === 'host:connected')).toMatchObject({ label: 'test:web1 › box' })
  })
})

test('a configuration in a file: TypeScript, with plugins by name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dragonfab-site-'))
  try {
    symlinkSync(join(import.meta.dirname, '../node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      join(folder, 'dragonfab.config.ts'),
      `import { defineConfig } from '@dragonfab/core'
const name: string = 'shop'
export default defineConfig({
  appName: name,
  plugins: ['release'],
  hosts: ['web1'],
  environments: { production: {} },
  hooks: { 'deploy.updating': ({ env, sh, local }) => [local\`pwd >here\`, sh\`echo hi >\${String(env.releasePath)}/hi\`] },
})`,
    )
    const site = keep(await testEnvironment('dragonfab.config.ts', 'production', { directory: folder }))
    const run = await site.run('deploy')
    expect(run, JSON.stringify(run.problems)).toMatchObject({ status: 0 })
    expect(site.host().env).toMatchObject({ user: 'deploy', path: site.host().localPath('/home/deploy/www/shop') })
    expect(site.host().read('current/hi')).toBe('hi\n')
    expect(existsSync(join(folder, 'here'))).toBe(true)
    const url = new URL(`file://${folder}/dragonfab.config.ts`)
    expect(keep(await testEnvironment(url, 'production')).hosts).toHaveLength(1)
    await expect(testEnvironment(join(folder, 'missing.ts'), 'production')).rejects.toThrow('missing.ts')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
