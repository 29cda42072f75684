import { definePlugin, type TaskSpec } from '@dragonfab/core'
import { connect } from './connect.ts'
import { containerOf, type LxcEnv } from './env.ts'
import { failures } from './outcomes.ts'
import { list } from './shell/list.ts'
import { remove } from './shell/remove.ts'
import { status } from './shell/status.ts'
import { template } from './shell/template.ts'
import { variables } from './variables.ts'

const removing: TaskSpec<LxcEnv> = {
  summary: 'Stop the container, and remove it with all that is in it',
  outside: true,
  run: ({ env, step }) => step(remove(env), { title: `remove ${containerOf(env)}`, failures }),
}

/** An environment that is an LXC container: made from a template when it is missing, started, and run in. */
export const lxc = definePlugin({
  name: 'lxc',
  variables,
  inside: (env) => (env.lxc === undefined ? undefined : { name: containerOf(env), on: env.lxcHost, login: 'root' }),
  alone: 'lxc.up',
  connect,
  hooks: {
    status: ({ env, sh }) =>
      env.lxc !== undefined && sh`printf '%-10s %s\n' lxc ${`${env.lxc}${env.lxcHost === undefined ? '' : ` on ${env.lxcHost}`}`}`,
  },
  tasks: {
    'lxc.up': {
      summary: 'Make the container where it is missing, and start it; what the environment’s name alone means',
      run: ({ env, sh, step }) => step(sh`:`, { title: `${containerOf(env)} is up` }),
    },
    'lxc.remove': removing,
    // Its name in the original.
    lxc_remove: { ...removing, readyMade: true },
    'lxc.status': {
      summary: 'Whether the container runs, and where',
      outside: true,
      run: ({ env, step }) => step(status(env), { title: `status of ${containerOf(env)}`, failures }),
    },
    'lxc.list': {
      summary: 'All containers of the machine of this one',
      outside: true,
      run: ({ env, step }) => step(list(env), { title: 'list of containers', failures }),
    },
    'lxc.template': {
      summary: 'Make the template where it is missing: a small Debian with systemd, sshd and sudo',
      outside: true,
      run: ({ env, step }) => step(template(env), { title: `make ${env.lxcTemplate}`, failures, shows: true }),
    },
  },
})
