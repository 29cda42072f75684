import { definePlugin } from '@dragonfab/core'
import { expect, test } from 'vitest'
import { builtinTasks } from './builtin-tasks.ts'
import { loadProject } from './load-project.ts'
import { describeTask, listTasks } from './task-info.ts'

const run = () => null
const plugin = definePlugin({
  name: 'jail',
  flows: { ship: { summary: 'Ship', phases: [{ signals: ['check'] }, { signals: ['status'], live: true }], args: ['user?'] } },
  tasks: {
    shell: { summary: 'Shell', run, stdio: 'tty' },
    start: { summary: 'Start', run, onMachine: true },
    reload: { summary: 'Reload the plugin’s way', run, overridable: true },
  },
})
const project = loadProject(
  {
    appName: 'shop',
    plugins: [plugin()],
    tasks: { reload: { summary: 'Reload', run, args: ['mode', 'quiet?'], switches: ['quiet'], readOnly: true } },
  },
  { directory: '/p' },
)

test('every task of a project, built-in ones first', () => {
  expect(listTasks(project).map(({ name, plugin }) => `${name} ${plugin}`)).toEqual([
    ...Object.keys(builtinTasks).map((name) => `${name} core`),
    ...['ship jail', 'shell jail', 'start jail', 'reload config'],
  ])
})

test('what a task declares', () => {
  const plain = { args: [], switches: [], readOnly: false, preparesHosts: true, onMachine: false, stdio: undefined, signals: undefined }
  const { args, switches, readOnly, preparesHosts } = {
    ...plain,
    args: ['mode', 'quiet?'],
    switches: ['quiet'],
    readOnly: true,
    preparesHosts: false,
  }
  expect(
    ['ship', 'shell', 'start', 'reload', 'deploy', 'lock', 'env', 'nothing', 'toString'].map((name) => describeTask(project, name)),
  ).toEqual([
    { ...plain, name: 'ship', summary: 'Ship', plugin: 'jail', args: ['user?'], signals: [['check'], ['status']] },
    { ...plain, name: 'shell', summary: 'Shell', plugin: 'jail', stdio: 'tty' },
    // It takes no lock: the lock file is within the guest.
    { ...plain, name: 'start', summary: 'Start', plugin: 'jail', onMachine: true, readOnly: true, preparesHosts: false },
    { ...plain, name: 'reload', summary: 'Reload', plugin: 'config', args, switches, readOnly, preparesHosts },
    { ...plain, name: 'deploy', summary: expect.any(String), plugin: 'core' },
    { ...plain, name: 'lock', summary: expect.any(String), plugin: 'core', preparesHosts },
    { ...plain, name: 'env', summary: expect.any(String), plugin: 'core', readOnly, preparesHosts },
    undefined,
    undefined,
  ])
})
