import { list, secretText, text, whole } from '@dragonfab/core'

const eventNames = ['starting', 'deployed', 'rolledBack', 'failed'] as const

/** The events of a run that can be reported. */
export type NotifyEvent = (typeof eventNames)[number]

function parseEvent(value: NotifyEvent): NotifyEvent {
  if (eventNames.includes(value)) return value
  throw new Error(`should be one of ${eventNames.join(', ')}`)
}

/** The options under `notify`. */
export const options = {
  slackWebhook: secretText({
    help: 'The address of an incoming webhook of Slack, or of a compatible service (Mattermost, Rocket.Chat)',
    alias: 'slack_webhook',
  }),
  slackChannel: text({ help: 'The channel, if the webhook allows a choice: #deployments', alias: 'slack_channel' }),
  iconEmoji: text({ help: 'The icon of the message: :rocket:', alias: 'icon_emoji' }),
  webhook: secretText({ help: 'An address that receives each message as JSON' }),
  webhookToken: secretText({ help: 'The token for that address (`Authorization: Bearer …`)' }),
  gitWeb: text({
    help: 'The address of a commit in a browser. {commit} in it is replaced; without it, the commit is appended',
    alias: 'git_web',
    pattern: /https?:\/\/\S+/,
    expected: 'be an address that begins with http:// or https://',
  }),
  events: list({
    help: 'The events that are reported: starting, deployed, rolledBack, failed',
    default: ['starting', 'deployed', 'rolledBack', 'failed'],
    parse: (value: NotifyEvent): NotifyEvent => parseEvent(value),
  }),
  commits: whole({ help: 'How many commits are listed at most', default: 20, min: 0, max: 100 }),
  timeout: whole({ help: 'Seconds that sending a message may take; then the run continues without it', default: 5, min: 1, max: 30 }),
} as const
