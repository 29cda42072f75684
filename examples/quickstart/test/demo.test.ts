import { readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertDeployment, runCommand } from '@dragonfab/test-kit'
import { afterAll, describe, expect, test } from 'vitest'

const demo = fileURLToPath(new URL('../demo.mjs', import.meta.url))
const demoFolders: string[] = []
afterAll(() => {
  for (const folder of demoFolders) rmSync(folder, { recursive: true, force: true })
})

describe('npm run demo', () => {
  test('releases twice, shows the result, and rolls back', async () => {
    const { status, stdout, stderr } = await runCommand([process.execPath, demo, '--keep'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const [, folder = '', port = ''] = /It is in (\S+) and answers on port (\d+)/.exec(stdout) ?? []
    demoFolders.push(dirname(folder))
    const path = join(folder, '.deployed')
    const read = (name: string): string => readFileSync(join(path, name), 'utf8').trim()

    // Its output: every command, the plan, and the answers, in order.
    expect(stdout.match(/^\$ npx dragonfab .*$/gm)).toEqual([
      '$ npx dragonfab local deploy --dry-run',
      '$ npx dragonfab local check',
      '$ npx dragonfab local deploy',
      '$ npx dragonfab local deploy',
      '$ npx dragonfab local status',
      '$ npx dragonfab local history',
      '$ npx dragonfab local rollback',
      '$ npx dragonfab local status',
    ])
    expect(stdout).toMatch(/### local \| release: starting started updating updated \| \d+ bytes/)
    expect(stdout.match(/answers: Hello from the \w+ version/g)).toEqual([
      'answers: Hello from the first version',
      'answers: Hello from the second version',
      'answers: Hello from the first version',
    ])
    const [first = '', second = ''] = readdirSync(join(path, 'releases')).sort()
    expect(stdout).toContain(`current -> releases/${second}`)
    expect(stdout).toMatch(new RegExp(`current +${second}\n(?:.*\n)+? +previous +${first}\n`))
    expect(stdout).toMatch(new RegExp(`current +${first}\n(?:.*\n)+? +bad +${second}`))

    // The files on the disk.
    expect(readdirSync(join(path, 'releases'))).toHaveLength(2)
    expect(readlinkSync(join(path, 'current'))).toBe(`releases/${first}`)
    expect(read(`releases/${first}/greeting.txt`)).toBe('Hello from the first version')
    expect(read(`releases/${second}/greeting.txt`)).toBe('Hello from the second version')
    const commits = await runCommand(['git', 'log', '--reverse', '--format=%H'], { cwd: folder })
    expect([first, second].map((id) => read(`releases/${id}/REVISION`))).toEqual(commits.stdout.trim().split('\n'))
    expect(readdirSync(join(path, '.dragonfab/bad'))).toEqual([second])
    expect(read('current/.env')).toBe(`PORT=${port}`)
    expect(statSync(join(path, 'current/.env')).mode & 0o777).toBe(0o600)
    // Files in shared/ outlive releases: three visitors, one in each.
    expect(read('shared/data/visitors')).toBe('3')
    const history = read('.dragonfab/history.jsonl')
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>)
    expect(history.map(({ task, result }) => `${task} ${result}`)).toEqual(['release done', 'release done', 'rollback done'])
    await assertDeployment(path, { settled: true })

    // The application was stopped.
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
  })

  test('fails if a command fails, and prints the command', async () => {
    const { status, stdout, stderr } = await runCommand([process.execPath, demo], { env: { ...process.env, GIT_DIR: '/dev/null' } })
    expect(status).toBe(1)
    expect(stderr).toContain('demo: ‘git init --quiet && git checkout --quiet -b main’ ended with status')
    expect(stdout).not.toContain('npx dragonfab')
  })
})
