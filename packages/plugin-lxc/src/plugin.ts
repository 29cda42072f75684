import { definePlugin, type TaskSpec } from '@dragonfab/core'
import { connectContainer } from './connect.ts'
import { containerOf, type LxcEnv } from './env.ts'
import { failures } from './exit-statuses.ts'
import { listContainers, removeContainer, showStatus } from './shell/task-scripts.ts'
import { makeTemplate } from './shell/template.ts'
import { variables } from './variables.ts'

const removeTask: TaskSpec<LxcEnv> = {
  summary: 'Stop the container, and remove it with everything in it',
  onMachine: true,
  run: ({ env, step }) => step(removeContainer(env), { title: `remove ${containerOf(env)}`, failures }),
}

/** Makes an LXC container the host of an environment: cloned from a template if it is missing, started, and entered. */
export const lxc = definePlugin({
  name: 'lxc',
  variables,
  guest: (env) => (env.lxc === undefined ? undefined : { name: containerOf(env), on: env.lxcHost, login: 'root' }),
  defaultTask: 'lxc.up',
  connect: connectContainer,
  hooks: {
    status: ({ env, sh }) =>
      env.lxc !== undefined && sh`printf '%-10s %s\n' lxc ${`${env.lxc}${env.lxcHost === undefined ? '' : ` on ${env.lxcHost}`}`}`,
  },
  tasks: {
    'lxc.up': {
      summary: 'Create the container if it is missing, and start it. The default task of its environment',
      run: ({ env, sh, step }) => step(sh`:`, { title: `${containerOf(env)} is up` }),
    },
    'lxc.remove': removeTask,
    // The name in fapistrano.
    lxc_remove: { ...removeTask, overridable: true },
    'lxc.status': {
      summary: 'Show the state and addresses of the container',
      onMachine: true,
      run: ({ env, step }) => step(showStatus(env), { title: `status of ${containerOf(env)}`, failures }),
    },
    'lxc.list': {
      summary: 'List all containers on the machine',
      onMachine: true,
      run: ({ env, step }) => step(listContainers(env), { title: 'list of containers', failures }),
    },
    'lxc.template': {
      summary: 'Make the template if it is missing: a small Debian with systemd, sshd and sudo',
      onMachine: true,
      run: ({ env, step }) => step(makeTemplate(env), { title: `make ${env.lxcTemplate}`, failures, showOutput: true }),
    },
  },
})
