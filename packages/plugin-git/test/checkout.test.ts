import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createGitFixture, type GitFixture, mustRun, runCommand, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Deployment, deployment } from './deployment.ts'

let hosts: SshHosts
let repository: GitFixture
let url: string
let of: Deployment
let at: string

beforeAll(async () => {
  hosts = await startSshHosts(1)
  repository = await createGitFixture({ files: 5 })
  url = await repository.serve()
  of = await deployment({ repo: url, branch: 'main' }, { hosts })
  at = join(of.path('web1'), 'checkout')
})
afterAll(async () => {
  await of?.remove()
  await repository?.remove()
  await hosts?.stop()
})

const inside = (...words: string[]) => mustRun(['git', '-C', at, ...words], { as: hosts.user })
const head = async () => (await inside('rev-parse', 'HEAD')).trim()

test('clones, and brings the clone up to date; what was changed there is not lost', async () => {
  expect(await of.go('git.checkout')).toMatchObject({ status: 0, problems: [] })
  expect(await head()).toBe(repository.first)
  const next = await repository.commit({ 'new.txt': 'new' })
  expect(await of.go('git_update')).toMatchObject({ status: 0, problems: [] })
  expect(await head()).toBe(next)
  expect(readFileSync(join(at, 'new.txt'), 'utf8')).toBe('new')
  expect((await of.go('git.checkout')).output.web1).toContain('as before')

  await writeFile(join(at, 'new.txt'), 'changed')
  expect(await of.go('git.checkout')).toMatchObject({ status: 1, problems: [{ code: 'GIT_CHECKOUT_CHANGED' }] })
  expect(readFileSync(join(at, 'new.txt'), 'utf8')).toBe('changed')
  await inside('-c', 'user.name=x', '-c', 'user.email=x@example.org', 'commit', '--quiet', '-am', 'only here')
  expect(await of.go('git.checkout')).toMatchObject({
    status: 1,
    problems: [{ code: 'GIT_CHECKOUT_CHANGED', message: expect.stringContaining('only here') }],
  })
  await inside('reset', '--quiet', '--hard', repository.first)
  expect(await of.go('git.checkout')).toMatchObject({ status: 0 })
})

test('another branch or tag by its name; one that is not there, and a place that is taken, are told', async () => {
  expect(await of.go('git.checkout', { 'git.branch': 'nowhere' })).toMatchObject({
    status: 1,
    problems: [{ code: 'GIT_BRANCH_NOT_FOUND' }],
  })
  expect(await of.go('git.checkout', { 'git.branch': repository.first })).toMatchObject({ status: 0 })
  expect(await head()).toBe(repository.first)
  const taken = join(of.path('web1'), 'taken')
  await mustRun(['sh', '-c', `mkdir ${taken} && echo mine >${taken}/file`], { as: hosts.user })
  expect(await of.go('git.checkout', { 'git.checkoutPath': taken })).toMatchObject({
    status: 1,
    problems: [{ code: 'GIT_CHECKOUT_OTHER' }],
  })
  expect(readFileSync(join(taken, 'file'), 'utf8')).toBe('mine\n')
  const gone = await deployment({ repo: `${url}-not-there` }, { hosts })
  try {
    const path = join(of.path('web1'), 'none')
    expect(await gone.go('git.checkout', { 'git.checkoutPath': path })).toMatchObject({
      status: 1,
      problems: [{ code: expect.stringMatching(/^GIT_/) }],
    })
    expect(existsSync(path)).toBe(false)
  } finally {
    await gone.remove()
  }
})

test('half a clone of a run that was killed is made anew', async () => {
  await mustRun(['sh', '-c', `mv ${at} ${at}.dragonfab-new && rm -rf ${at}.dragonfab-new/.git/refs`], { as: hosts.user })
  expect(await of.go('git.checkout')).toMatchObject({ status: 0, problems: [] })
  expect((await runCommand(['ls', `${at}.dragonfab-new`])).status).not.toBe(0)
})
