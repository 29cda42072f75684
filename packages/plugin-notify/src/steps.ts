import { hostname, userInfo } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { type CodeContext, type CodeStep, code, DragonfabError, problemOf, sh } from '@dragonfab/core'
import { jsonBody, slackBody } from './bodies.ts'
import { revision } from './commits.ts'
import { maybe, type NotifyEnv, shippedOf } from './env.ts'
import { eachText, type Message } from './message.ts'
import type { Told } from './options.ts'
import { closeOutbox, outbox, running } from './outbox.ts'
import { post, reach } from './post.ts'

const quiet = { warns: true } as const

/** What names a run of the application; it is part of the plan. */
function aboutOf(env: NotifyEnv) {
  const rollbackTo = maybe(() => env.rollbackTo)
  const release = rollbackTo ?? maybe(() => env.release)
  const task = rollbackTo !== undefined ? 'rollback' : release !== undefined ? 'release' : 'restart'
  return {
    app: env.appName,
    stage: env.stage,
    task,
    release,
    rollbackFrom: rollbackTo === undefined ? undefined : maybe(() => env.rollbackFrom),
  }
}

const keyOf = (env: NotifyEnv) => JSON.stringify(aboutOf(env))
const wanted = ({ notify }: NotifyEnv) => notify.slackWebhook !== undefined || notify.webhook !== undefined
const tells = (env: NotifyEnv, event: Told) => wanted(env) && env.notify.events.includes(event)

/** Reads what is live, on the first host: in the background, since a message may not hold a release up. */
export function look(env: NotifyEnv): CodeStep | false {
  const shipped = shippedOf(env)
  if (!shipped || !wanted(env)) return false
  const [key, file] = [keyOf(env), `${env.currentPath}/${shipped.file}`]
  return code({ name: 'notify.look', title: 'what is live', args: { file }, once: true, ...quiet }, async ({ capture }) => {
    outbox(key).live = capture(sh`if [ -f ${file} ]; then head -c 100 -- ${file}; fi`).then(
      (text) => text.trim() || undefined,
      () => undefined,
    )
  })
}

/** Tells what begins, in the background; the last message waits for it. */
export function tellStart(env: NotifyEnv): CodeStep | false {
  if (!tells(env, 'starting')) return false
  const key = keyOf(env)
  return telling(env, 'starting', async (context) => {
    outbox(key).begun = told(env, 'starting', context, { live: outbox(key).live })
    // Whoever waits for it is told.
    outbox(key).begun.catch(() => undefined)
  })
}

/** Tells how it ended. This alone is waited for, no longer than `notify.timeout`. */
export function tellEnd(env: NotifyEnv, event: 'deployed' | 'rolledBack' | 'failed'): CodeStep | false {
  if (!tells(env, event)) return false
  const key = keyOf(env)
  return telling(env, event, async (context) => {
    const until = Date.now() + env.notify.timeout * 1000
    const { begun, live } = outbox(key)
    // In order, where that costs little.
    const first = await Promise.race([
      begun.then(
        () => undefined,
        (error: unknown) => error,
      ),
      pause(env.notify.timeout * 500, undefined, { ref: false }),
    ])
    closeOutbox(key)
    await told(env, event, context, { ms: Math.max(500, until - Date.now()), live })
    if (first !== undefined) throw first
  })
}

/** `notify.send:text`. */
export function say(env: NotifyEnv, text: string): CodeStep {
  return code({ name: 'notify.send', title: 'tell', where: 'here', args: { text }, ...quiet }, async (context) => {
    const message: Message = { event: 'message', app: env.appName, stage: env.stage, by: author(), hosts: running.hosts }
    await deliver(env, message, text, context, limit(env, context))
  })
}

/** Whether the webhooks can be reached; nothing is sent. */
export function check(env: NotifyEnv): CodeStep | false {
  const { slackWebhook, webhook } = env.notify
  if (!wanted(env)) return false
  return code({ name: 'notify.check', title: 'can messages be sent', where: 'here', ...quiet }, async (context) => {
    const signal = limit(env, context)
    await settled([slackWebhook, webhook].flatMap((to) => (to ? [reach(to, signal)] : [])))
  })
}

function telling(env: NotifyEnv, event: Told, run: CodeStep['run']): CodeStep {
  const { slackChannel, gitWeb } = env.notify
  const { app, stage, task, release, rollbackFrom } = aboutOf(env)
  const args = { event, app, stage, task, release, rollbackFrom, slackChannel, gitWeb }
  return code({ name: `notify.${event}`, title: `tell: ${event}`, where: 'here', args, ...quiet }, run)
}

function limit({ notify }: NotifyEnv, { signal }: CodeContext, ms = notify.timeout * 1000): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)])
}

async function told(
  env: NotifyEnv,
  event: Told,
  context: CodeContext,
  known: { readonly ms?: number; readonly live: Promise<string | undefined> },
): Promise<void> {
  const signal = limit(env, context, known.ms)
  const shipped = shippedOf(env)
  const { commits: most, gitWeb } = env.notify
  const { directory, failure } = context
  const live = shipped && (await Promise.race([known.live, pause(1000, undefined, { ref: false })]))
  const message: Message = {
    event,
    ...aboutOf(env),
    by: author(),
    hosts: running.hosts,
    ...(shipped && { revision: await revision({ shipped, from: live, most, gitWeb, directory, signal }) }),
    ...(failure && { failure }),
  }
  await deliver(env, message, undefined, context, signal)
}

async function deliver(
  env: NotifyEnv,
  message: Message,
  said: string | undefined,
  { mask }: CodeContext,
  signal: AbortSignal,
): Promise<void> {
  const { slackWebhook, slackChannel, iconEmoji, webhook, webhookToken } = env.notify
  const shown = eachText(message, mask)
  const text = said === undefined ? undefined : mask(said)
  await settled([
    slackWebhook && post(slackWebhook, slackBody(shown, text, { channel: slackChannel, emoji: iconEmoji }), { signal }),
    webhook && post(webhook, jsonBody(shown, text, new Date()), { signal, token: webhookToken }),
  ])
}

/** Waits for all, and tells of all that failed in one sentence: a warning has no more. */
async function settled(all: readonly (Promise<void> | undefined)[]): Promise<void> {
  const failed = (await Promise.allSettled(all)).flatMap((each) =>
    each.status === 'rejected' ? [problemOf(each.reason, { code: 'NOTIFY_FAILED' })] : [],
  )
  if (failed[0]) throw new DragonfabError({ ...failed[0], message: failed.map(({ message }) => message).join('; ') })
}

/** Who is behind this run: in CI the person who started the job, else who is logged in here. */
function author(): string {
  const { DRAGONFAB_USER, GITLAB_USER_LOGIN, GITHUB_ACTOR } = process.env
  const name = () => {
    try {
      return userInfo().username
    } catch {
      return String(process.getuid?.() ?? 'unknown')
    }
  }
  return `${DRAGONFAB_USER || GITLAB_USER_LOGIN || GITHUB_ACTOR || name()} on ${hostname()}`
}
