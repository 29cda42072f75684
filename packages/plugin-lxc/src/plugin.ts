import { definePlugin, type TaskSpec } from '@dragonfab/core'
import { connectContainer } from './connect.ts'
import { containerOf, type LxcEnv } from './env.ts'
import { failures } from './exit-statuses.ts'
import { listContainers, removeContainer, showStatus } from './shell/task-scripts.ts'
import { makeTemplate } from './shell/template.ts'
import { variables } from './variables.ts'

const removeTask: TaskSpec<LxcEnv> = {
  summary: 'Stop the container, and remove it with all that is in it',
  onMachine: true,
  run: ({ env, step }) => step(removeContainer(env), { title: `remove ${containerOf(env)}`, failures }),
}

/** An environment that is an LXC container: made from a template when it is missing, started, and run in. */
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
      summary: 'Make the container where it is missing, and start it; what the environment’s name alone means',
      run: ({ env, sh, step }) => step(sh`:`, { title: `${containerOf(env)} is up` }),
    },
    'lxc.remove': removeTask,
    // Its name in the original.
    lxc_remove: { ...removeTask, overridable: true },
    'lxc.status': {
      summary: 'Whether the container runs, and where',
      onMachine: true,
      run: ({ env, step }) => step(showStatus(env), { title: `status of ${containerOf(env)}`, failures }),
    },
    'lxc.list': {
      summary: 'All containers of the machine of this one',
      onMachine: true,
      run: ({ env, step }) => step(listContainers(env), { title: 'list of containers', failures }),
    },
    'lxc.template': {
      summary: 'Make the template where it is missing: a small Debian with systemd, sshd and sudo',
      onMachine: true,
      run: ({ env, step }) => step(makeTemplate(env), { title: `make ${env.lxcTemplate}`, failures, showOutput: true }),
    },
  },
})
