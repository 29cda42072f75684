import { details, headline, type Marks, type Message, plain } from './message.ts'

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

/** Slack's own marks. In a link `|` and `>` would end the address. */
const slack: Marks = {
  text: escaped,
  strong: (text) => `*${escaped(text)}*`,
  code: (text) => `\`${escaped(text)}\``,
  link: (url, text) => `<${escaped(url.replace(/[|<>\s]/g, encodeURIComponent))}|${escaped(text)}>`,
}

const colors = { starting: '#439FE0', deployed: 'good', rolledBack: 'warning', failed: 'danger', message: '#888888' } as const

/** What a Slack-compatible webhook is sent. `said` is the text of `notify.send`. */
export function slackBody(
  message: Message,
  said: string | undefined,
  { channel, emoji }: { readonly channel?: string | undefined; readonly emoji?: string | undefined },
): object {
  const lines = details(message, slack)
  return {
    text: said === undefined ? headline(message, slack) : escaped(said),
    ...(channel !== undefined && { channel }),
    ...(emoji !== undefined && { icon_emoji: emoji }),
    ...(lines.length && {
      attachments: [
        { color: colors[message.event], fallback: details(message, plain).join('\n'), text: lines.join('\n'), mrkdwn_in: ['text'] },
      ],
    }),
  }
}

/** What the generic webhook is sent. */
export function jsonBody(message: Message, said: string | undefined, time: Date): object {
  return { ...message, text: said ?? headline(message, plain), time: time.toISOString() }
}
