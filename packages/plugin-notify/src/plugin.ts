import { definePlugin, usageError } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import type { NotifyEnv } from './env.ts'
import { readIfKnown } from './env.ts'
import { options } from './options.ts'
import { currentRun } from './outbox.ts'
import { checkWebhooks, notifyEnd, notifyStart, readLive, sendText } from './steps.ts'

const sendTask = {
  summary: 'Send a message',
  args: ['text'],
  readOnly: true,
  run: ({ env, args }: { readonly env: NotifyEnv; readonly args: Readonly<Record<string, string | undefined>> }) => {
    if (env.notify.slackWebhook !== undefined || env.notify.webhook !== undefined) return sendText(env, args.text ?? '')
    throw usageError({
      code: 'NOTIFY_NOWHERE',
      message: 'there is no webhook to send a message to',
      remedy: 'set notify.slackWebhook or notify.webhook: notify({ slackWebhook: secret.env(…) })',
    })
  },
} as const

/** Reports to a chat or any webhook what a run deploys, what was live before, and what went wrong. It never makes a run fail. */
export const notify = definePlugin({
  name: 'notify',
  needs: [release()],
  options,
  // After all other plugins on the same signals, so that everything it reports has happened.
  order: 'post',
  hooks: {
    'deploy.starting': [({ env }) => readLive(env), ({ env }) => notifyStart(env)],
    'deploy.finished': ({ env }) => notifyEnd(env, readIfKnown(() => env.rollbackTo) === undefined ? 'deployed' : 'rolledBack'),
    'deploy.failed': ({ env }) => notifyEnd(env, 'failed'),
    check: ({ env }) => checkWebhooks(env),
  },
  tasks: { 'notify.send': sendTask, send_message: { ...sendTask, summary: 'Send a message (the original name of notify.send)' } },
  observe: {
    'run:start': ({ hosts }) => {
      currentRun.hosts = hosts
    },
  },
})
