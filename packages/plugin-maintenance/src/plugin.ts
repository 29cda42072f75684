import { definePlugin, type TaskSpec, usageError } from '@dragonfab/core'
import { options } from './options.ts'
import { beginMaintenance, endMaintenance, type MaintenanceEnv, showMaintenance } from './steps.ts'

/** The argument that ends maintenance only if this run began it. */
const onlyThisRun = 'back'
const endAfterFailure =
  (task: string): NonNullable<TaskSpec<MaintenanceEnv>['afterFailure']> =>
  ({ env }) =>
    env.maintenance.onFailure === 'live' ? task : undefined

const createBeginTask = (end: string): TaskSpec<MaintenanceEnv> => ({
  summary: 'Put the site into maintenance',
  run: beginMaintenance,
  afterFailure: endAfterFailure(`${end}:${onlyThisRun}`),
})

const endTask: TaskSpec<MaintenanceEnv> = {
  summary: 'Take the site out of maintenance',
  args: ['how?'],
  run: ({ env, args }) => endMaintenance(env, { onlyOwn: parseHow(args.how) }),
}

const modeTask: TaskSpec<MaintenanceEnv> = {
  summary: 'Put the site into maintenance, or make it live: maintenance, live',
  args: ['mode', 'how?'],
  overridable: true,
  run: (context) => {
    if (context.args.mode === 'maintenance') return beginMaintenance(context)
    if (context.args.mode === 'live') return endMaintenance(context.env, { onlyOwn: parseHow(context.args.how) })
    throw usageError({
      code: 'BAD_ARGUMENT',
      message: `web_mode: there is no mode ${JSON.stringify(context.args.mode)}`,
      remedy: 'use web_mode:maintenance or web_mode:live',
    })
  },
  afterFailure: (context) => (context.args.mode === 'maintenance' ? endAfterFailure(`web_mode:live,${onlyThisRun}`)(context) : undefined),
}

function parseHow(how: string | undefined): boolean {
  if (how === undefined || how === onlyThisRun) return how === onlyThisRun
  throw usageError({
    code: 'BAD_ARGUMENT',
    message: `${JSON.stringify(how)} is not a way to end maintenance`,
    remedy: `remove it, or use ${onlyThisRun} to end maintenance only if this run began it`,
  })
}

/** A flag file that web servers look for, and the page that they show meanwhile. After a failed run, the site is live again, unless `onFailure` is `stay`. */
export const maintenance = definePlugin({
  name: 'maintenance',
  options,
  hooks: { status: ({ env }) => showMaintenance(env) },
  tasks: {
    'maintenance.on': createBeginTask('maintenance.off'),
    'maintenance.off': endTask,
    maintenance_on: { ...createBeginTask('maintenance_off'), overridable: true },
    maintenance_off: { ...endTask, overridable: true },
    web_mode: modeTask,
  },
})
