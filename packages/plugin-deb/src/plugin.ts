import { definePlugin } from '@dragonfab/core'
import { build } from './build/build.ts'
import { buildInContainer } from './build/in-container.ts'
import { buildOn } from './build/on-host.ts'
import { skeleton } from './build/skeleton.ts'
import { seed } from './debconf/seed.ts'
import { flows, signals } from './flows.ts'
import { options, variables } from './options.ts'
import { check } from './steps/check.ts'
import { choose } from './steps/choose.ts'
import { finish, install, verify } from './steps/install.ts'
import { putBack, settle } from './steps/put-back.ts'
import { ready, repair } from './steps/ready.ts'
import { find, version } from './steps/rollback.ts'
import { send } from './steps/send.ts'
import { simulate } from './steps/simulate.ts'
import { standing, status } from './steps/status.ts'

/** Builds a Debian package here, and installs it on all hosts or on none. */
export const deb = definePlugin({
  name: 'deb',
  options,
  variables,
  signals,
  flows,
  facts: { 'deb.version': version },
  hooks: {
    'deb.building': ({ env }) => {
      const { buildIn, buildHost } = env.deb
      if (buildIn !== undefined) return buildInContainer(env, buildIn)
      return buildHost === undefined ? build(env) : buildOn(env, buildHost)
    },
    'deb.uploading': ({ env }) => [choose(env), ready(env), send(env)],
    'deb.finding': ({ env }) => [ready(env), find(env)],
    'deb.simulating': ({ env }) => [repair(env), env.debconf !== undefined && seed(env, env.debconf, 'check'), simulate(env)],
    'deb.installing': ({ env }) => [ready(env), env.debconf !== undefined && seed(env, env.debconf, 'set'), ...install(env)],
    'deb.installed': ({ env }) => verify(env),
    'deb.finishing': ({ env }) => finish(env),
    'deb.putting_back': ({ env }) => [settle(env), ready(env), ...putBack(env)],
    check: ({ env }) => check(env),
    status: ({ env }) => status(env),
  },
  tasks: {
    'deb.skeleton': { summary: 'Write a debian/ to start from', reads: true, run: ({ env }) => skeleton(env) },
    'deb.status': { summary: 'Which version is installed, and which ones can be gone back to', reads: true, run: ({ env }) => status(env) },
  },
  standing: ({ env }) => standing(env),
})
