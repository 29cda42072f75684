import { formatDetails, formatHeadline, type Message, plainMarks, type TextMarks } from './message.ts'

const escapeText = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

/** Slack's markup. In a link, `|` or `>` would end the address. */
const slackMarks: TextMarks = {
  text: escapeText,
  strong: (text) => `*${escapeText(text)}*`,
  code: (text) => `\`${escapeText(text)}\``,
  link: (url, text) => `<${escapeText(url.replace(/[|<>\s]/g, encodeURIComponent))}|${escapeText(text)}>`,
}

const colors = { starting: '#439FE0', deployed: 'good', rolledBack: 'warning', failed: 'danger', message: '#888888' } as const

/** The body for a Slack-compatible webhook. `customText` is the text of `notify.send`. */
export function slackBody(
  message: Message,
  customText: string | undefined,
  { channel, emoji }: { readonly channel?: string | undefined; readonly emoji?: string | undefined },
): object {
  const lines = formatDetails(message, slackMarks)
  return {
    text: customText === undefined ? formatHeadline(message, slackMarks) : escapeText(customText),
    ...(channel !== undefined && { channel }),
    ...(emoji !== undefined && { icon_emoji: emoji }),
    ...(lines.length && {
      attachments: [
        {
          color: colors[message.event],
          fallback: formatDetails(message, plainMarks).join('\n'),
          text: lines.join('\n'),
          mrkdwn_in: ['text'],
        },
      ],
    }),
  }
}

/** The body for the generic webhook. */
export function jsonBody(message: Message, customText: string | undefined, time: Date): object {
  return { ...message, text: customText ?? formatHeadline(message, plainMarks), time: time.toISOString() }
}
