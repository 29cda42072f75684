import { definePlugin, type Flow } from '@dragonfab/core'
import { describe, expect, test } from 'vitest'
import { loadProject } from './load-project.ts'
import { findShippingTasks } from './sequence.ts'

const shipper = (name: string, flows: Readonly<Record<string, Flow['ships']>>) =>
  definePlugin({
    name,
    flows: Object.fromEntries(Object.entries(flows).map(([flow, ships]) => [flow, { summary: flow, phases: [], ...(ships && { ships }) }])),
  })()

const tarball = shipper('tarball', { pack: 'fallback', install: 'fallback', reinstall: false })
const release = shipper('release', { release: true, restart: false })
const image = shipper('image', { image: true })

const tasksOf = (...plugins: readonly ReturnType<typeof shipper>[]) =>
  findShippingTasks(loadProject({ appName: 'shop', plugins }, { directory: '/p', user: 'me' }).flows)?.map(({ task }) => task)

describe('what deploy runs without a sequence', () => {
  test.each([
    ['nothing, if no plugin ships', [], undefined],
    ['all flows of the only plugin that ships', [tarball], ['pack', 'install']],
    ['not a fallback, if another plugin ships', [tarball, release], ['release']],
    ['not a fallback, whichever is listed first', [release, tarball], ['release']],
    ['of two that ship, the one that is listed first', [tarball, image, release], ['image']],
  ])('%s', (_, plugins, tasks) => expect(tasksOf(...plugins)).toEqual(tasks))
})
