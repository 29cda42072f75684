import { hostname, userInfo } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { type CodeContext, type CodeStep, code, DragonfabError, sh, toProblem } from '@dragonfab/core'
import { jsonBody, slackBody } from './bodies.ts'
import { describeRevision } from './commits.ts'
import { type NotifyEnv, readIfKnown, shippedOf } from './env.ts'
import { type Message, mapTexts } from './message.ts'
import type { NotifyEvent } from './options.ts'
import { closeOutbox, currentRun, openOutbox } from './outbox.ts'
import { checkReachable, postJson } from './post.ts'

const warnOnly = { allowFailure: true } as const

/** The properties that identify a run of the application. They are part of the plan. */
function describeRun(env: NotifyEnv) {
  const rollbackTo = readIfKnown(() => env.rollbackTo)
  const release = rollbackTo ?? readIfKnown(() => env.release)
  const task = rollbackTo !== undefined ? 'rollback' : release !== undefined ? 'release' : 'restart'
  return {
    app: env.appName,
    stage: env.stage,
    task,
    release,
    rollbackFrom: rollbackTo === undefined ? undefined : readIfKnown(() => env.rollbackFrom),
  }
}

const runKey = (env: NotifyEnv) => JSON.stringify(describeRun(env))
const hasWebhook = ({ notify }: NotifyEnv) => notify.slackWebhook !== undefined || notify.webhook !== undefined
const isWanted = (env: NotifyEnv, event: NotifyEvent) => hasWebhook(env) && env.notify.events.includes(event)

/** Reads the live commit on the first host, in the background, because messages must not delay a release. */
export function readLive(env: NotifyEnv): CodeStep | false {
  const shipped = shippedOf(env)
  if (!shipped || !hasWebhook(env)) return false
  const [key, file] = [runKey(env), `${env.currentPath}/${shipped.file}`]
  return code({ name: 'notify.look', title: 'read the live commit', args: { file }, firstHost: true, ...warnOnly }, async ({ capture }) => {
    openOutbox(key).live = capture(sh`if [ -f ${file} ]; then head -c 100 -- ${file}; fi`).then(
      (text) => text.trim() || undefined,
      () => undefined,
    )
  })
}

/** Sends the message that the run has started, in the background. The last message waits for it. */
export function notifyStart(env: NotifyEnv): CodeStep | false {
  if (!isWanted(env, 'starting')) return false
  const key = runKey(env)
  return createNotifyStep(env, 'starting', async (context) => {
    openOutbox(key).startMessage = sendEvent(env, 'starting', context, { live: openOutbox(key).live })
    // `notifyEnd` awaits the result and reports the error.
    openOutbox(key).startMessage.catch(() => undefined)
  })
}

/** Sends the result of the run. The run waits only for this message, no longer than `notify.timeout`. */
export function notifyEnd(env: NotifyEnv, event: 'deployed' | 'rolledBack' | 'failed'): CodeStep | false {
  if (!isWanted(env, event)) return false
  const key = runKey(env)
  return createNotifyStep(env, event, async (context) => {
    const until = Date.now() + env.notify.timeout * 1000
    const { startMessage, live } = openOutbox(key)
    // After the first message, so that they arrive in order.
    const startError = await Promise.race([
      startMessage.then(
        () => undefined,
        (error: unknown) => error,
      ),
      pause(env.notify.timeout * 500, undefined, { ref: false }),
    ])
    closeOutbox(key)
    await sendEvent(env, event, context, { ms: Math.max(500, until - Date.now()), live })
    if (startError !== undefined) throw startError
  })
}

/** `notify.send:text`. */
export function sendText(env: NotifyEnv, text: string): CodeStep {
  return code({ name: 'notify.send', title: 'send a message', target: 'local', args: { text }, ...warnOnly }, async (context) => {
    const message: Message = { event: 'message', app: env.appName, stage: env.stage, by: readAuthor(), hosts: currentRun.hosts }
    await deliverMessage(env, message, text, context, limitSignal(env, context))
  })
}

/** For `check`: whether the webhooks can be reached. Nothing is sent. */
export function checkWebhooks(env: NotifyEnv): CodeStep | false {
  const { slackWebhook, webhook } = env.notify
  if (!hasWebhook(env)) return false
  return code({ name: 'notify.check', title: 'can messages be sent', target: 'local', ...warnOnly }, async (context) => {
    const signal = limitSignal(env, context)
    await throwIfAnyFailed([slackWebhook, webhook].flatMap((to) => (to ? [checkReachable(to, signal)] : [])))
  })
}

function createNotifyStep(env: NotifyEnv, event: NotifyEvent, run: CodeStep['run']): CodeStep {
  const { slackChannel, gitWeb } = env.notify
  const { app, stage, task, release, rollbackFrom } = describeRun(env)
  const args = { event, app, stage, task, release, rollbackFrom, slackChannel, gitWeb }
  return code({ name: `notify.${event}`, title: `send a message: ${event}`, target: 'local', args, ...warnOnly }, run)
}

function limitSignal({ notify }: NotifyEnv, { signal }: CodeContext, ms = notify.timeout * 1000): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)])
}

async function sendEvent(
  env: NotifyEnv,
  event: NotifyEvent,
  context: CodeContext,
  timing: { readonly ms?: number; readonly live: Promise<string | undefined> },
): Promise<void> {
  const signal = limitSignal(env, context, timing.ms)
  const shipped = shippedOf(env)
  const { commits: maxCommits, gitWeb } = env.notify
  const { directory, failure } = context
  const live = shipped && (await Promise.race([timing.live, pause(1000, undefined, { ref: false })]))
  const message: Message = {
    event,
    ...describeRun(env),
    by: readAuthor(),
    hosts: currentRun.hosts,
    ...(shipped && {
      revision: await describeRevision({ shipped, from: live, maxCommits, gitWeb, directory, local: context.local, signal }),
    }),
    ...(failure && { failure }),
  }
  await deliverMessage(env, message, undefined, context, signal)
}

async function deliverMessage(
  env: NotifyEnv,
  message: Message,
  customText: string | undefined,
  { mask }: CodeContext,
  signal: AbortSignal,
): Promise<void> {
  const { slackWebhook, slackChannel, iconEmoji, webhook, webhookToken } = env.notify
  const masked = mapTexts(message, mask)
  const text = customText === undefined ? undefined : mask(customText)
  await throwIfAnyFailed([
    slackWebhook && postJson(slackWebhook, slackBody(masked, text, { channel: slackChannel, emoji: iconEmoji }), { signal }),
    webhook && postJson(webhook, jsonBody(masked, text, new Date()), { signal, token: webhookToken }),
  ])
}

/** Waits for all, and reports all failures in one sentence, since a warning has only one. */
async function throwIfAnyFailed(all: readonly (Promise<void> | undefined)[]): Promise<void> {
  const problems = (await Promise.allSettled(all)).flatMap((each) =>
    each.status === 'rejected' ? [toProblem(each.reason, { code: 'NOTIFY_FAILED' })] : [],
  )
  if (problems[0]) throw new DragonfabError({ ...problems[0], message: problems.map(({ message }) => message).join('; ') })
}

/** The author of this run: in CI the person who started the job, else the user on this machine. */
function readAuthor(): string {
  const { DRAGONFAB_USER, GITLAB_USER_LOGIN, GITHUB_ACTOR } = process.env
  const readUserName = () => {
    try {
      return userInfo().username
    } catch {
      return String(process.getuid?.() ?? 'unknown')
    }
  }
  return `${DRAGONFAB_USER || GITLAB_USER_LOGIN || GITHUB_ACTOR || readUserName()} on ${hostname()}`
}
