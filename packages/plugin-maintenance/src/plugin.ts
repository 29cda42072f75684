import { definePlugin, type TaskSpec, usageError } from '@dragonfab/core'
import { options } from './options.ts'
import { type MaintenanceEnv, off, on, told } from './steps.ts'

/** The end of what a failed run has begun; not of what somebody had begun before. */
const back = 'back'
const afterFailure =
  (task: string): NonNullable<TaskSpec<MaintenanceEnv>['afterFailure']> =>
  ({ env }) =>
    env.maintenance.onFailure === 'live' ? task : undefined

const begin = (end: string): TaskSpec<MaintenanceEnv> => ({
  summary: 'Put the site into maintenance',
  run: on,
  afterFailure: afterFailure(`${end}:${back}`),
})

const end: TaskSpec<MaintenanceEnv> = {
  summary: 'Take the site out of maintenance',
  args: ['how?'],
  run: ({ env, args }) => off(env, { own: how(args.how) }),
}

const mode: TaskSpec<MaintenanceEnv> = {
  summary: 'Put the site into maintenance, or make it live: maintenance, live',
  args: ['mode', 'how?'],
  readyMade: true,
  run: (context) => {
    if (context.args.mode === 'maintenance') return on(context)
    if (context.args.mode === 'live') return off(context.env, { own: how(context.args.how) })
    throw usageError({
      code: 'BAD_ARGUMENT',
      message: `web_mode: there is no mode ${JSON.stringify(context.args.mode)}`,
      remedy: 'web_mode:maintenance or web_mode:live',
    })
  },
  afterFailure: (context) => (context.args.mode === 'maintenance' ? afterFailure(`web_mode:live,${back}`)(context) : undefined),
}

function how(given: string | undefined): boolean {
  if (given === undefined || given === back) return given === back
  throw usageError({
    code: 'BAD_ARGUMENT',
    message: `${JSON.stringify(given)} is no way to end maintenance`,
    remedy: `leave it out; ${back}: only what this run has begun`,
  })
}

/** A flag file that web servers heed, and the page that they show meanwhile. A site never stays in maintenance because a step failed, unless asked. */
export const maintenance = definePlugin({
  name: 'maintenance',
  options,
  hooks: { status: ({ env }) => told(env) },
  tasks: {
    'maintenance.on': begin('maintenance.off'),
    'maintenance.off': end,
    maintenance_on: { ...begin('maintenance_off'), readyMade: true },
    maintenance_off: { ...end, readyMade: true },
    web_mode: mode,
  },
})
