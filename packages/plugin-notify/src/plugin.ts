import { definePlugin, usageError } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import type { NotifyEnv } from './env.ts'
import { maybe } from './env.ts'
import { options } from './options.ts'
import { running } from './outbox.ts'
import { check, look, say, tellEnd, tellStart } from './steps.ts'

const send = {
  summary: 'Send a message',
  args: ['text'],
  reads: true,
  run: ({ env, args }: { readonly env: NotifyEnv; readonly args: Readonly<Record<string, string | undefined>> }) => {
    if (env.notify.slackWebhook !== undefined || env.notify.webhook !== undefined) return say(env, args.text ?? '')
    throw usageError({
      code: 'NOTIFY_NOWHERE',
      message: 'there is nowhere to send a message to',
      remedy: 'set notify.slackWebhook or notify.webhook: notify({ slackWebhook: secret.env(…) })',
    })
  },
} as const

/** Tells a chat, or any webhook, what is deployed, what was, and what went wrong. It never fails a run. */
export const notify = definePlugin({
  name: 'notify',
  needs: [release()],
  options,
  // What is told has happened: after all others on the same signals.
  order: 'post',
  hooks: {
    'deploy.starting': [({ env }) => look(env), ({ env }) => tellStart(env)],
    'deploy.finished': ({ env }) => tellEnd(env, maybe(() => env.rollbackTo) === undefined ? 'deployed' : 'rolledBack'),
    'deploy.failed': ({ env }) => tellEnd(env, 'failed'),
    check: ({ env }) => check(env),
  },
  tasks: { 'notify.send': send, send_message: { ...send, summary: 'Send a message (the original’s name of notify.send)' } },
  observe: {
    'run:start': ({ hosts }) => {
      running.hosts = hosts
    },
  },
})
