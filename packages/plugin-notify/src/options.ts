import { list, secretText, text, whole } from '@dragonfab/core'

const eventNames = ['starting', 'deployed', 'rolledBack', 'failed'] as const

/** What of a run is told. */
export type NotifyEvent = (typeof eventNames)[number]

function parseEvent(value: NotifyEvent): NotifyEvent {
  if (eventNames.includes(value)) return value
  throw new Error(`should be one of ${eventNames.join(', ')}`)
}

/** What stands under `notify`. */
export const options = {
  slackWebhook: secretText({
    help: 'The address of an incoming webhook of Slack, or of what understands the same (Mattermost, Rocket.Chat)',
    alias: 'slack_webhook',
  }),
  slackChannel: text({ help: 'The channel to write to, where the webhook lets one choose: #deployments', alias: 'slack_channel' }),
  iconEmoji: text({ help: 'The picture beside the message: :rocket:', alias: 'icon_emoji' }),
  webhook: secretText({ help: 'An address that is sent each message as JSON' }),
  webhookToken: secretText({ help: 'What that address is shown as `Authorization: Bearer …`' }),
  gitWeb: text({
    help: 'The address of a commit in a browser: {commit} in it stands for the commit, which else stands at its end',
    alias: 'git_web',
    pattern: /https?:\/\/\S+/,
    expected: 'be an address that begins with http:// or https://',
  }),
  events: list({
    help: 'What is told: starting, deployed, rolledBack, failed',
    default: ['starting', 'deployed', 'rolledBack', 'failed'],
    parse: (value: NotifyEvent): NotifyEvent => parseEvent(value),
  }),
  commits: whole({ help: 'How many commits are named at most', default: 20, min: 0, max: 100 }),
  timeout: whole({ help: 'Seconds that telling may take; then the run goes on without it', default: 5, min: 1, max: 30 }),
} as const
