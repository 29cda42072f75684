import { DragonfabError, hide, reveal, type Secret } from '@dragonfab/core'

/** Sends JSON. If it fails or is aborted, it rejects with a message that does not reveal the address. */
export async function postJson(
  to: Secret,
  body: object,
  options: { readonly token?: Secret | undefined; readonly signal: AbortSignal },
): Promise<void> {
  const url = addressOf(to)
  const headers = { 'content-type': 'application/json', ...(options.token && { authorization: `Bearer ${reveal(options.token)}` }) }
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    redirect: 'manual',
    signal: options.signal,
  }).catch((error: unknown) => {
    throw createNotifyError(to, url, options.signal.aborted ? 'did not answer in time' : `cannot be reached: ${errorReason(error)}`)
  })
  const answerText = (await response.text().catch(() => '')).replace(/\s+/g, ' ').trim().slice(0, 200)
  if (!response.ok) throw createNotifyError(to, url, `answered ${response.status}${answerText && `: ${answerText}`}`)
}

/** Whether the server answers, without sending a message. */
export async function checkReachable(to: Secret, signal: AbortSignal): Promise<void> {
  const url = addressOf(to)
  await fetch(url, { method: 'HEAD', redirect: 'manual', signal }).catch((error: unknown) => {
    throw createNotifyError(to, url, signal.aborted ? 'did not answer in time' : `cannot be reached: ${errorReason(error)}`)
  })
}

function addressOf(to: Secret): URL {
  const text = reveal(to).trim()
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    throw new DragonfabError({ code: 'NOTIFY_ADDRESS', message: `${to.label} is not an address that begins with http:// or https://` })
  // The secret part of a webhook is its path, so an answer that repeats only the path is masked too.
  if (url.pathname.length >= 8) reveal(hide(url.pathname, to.label))
  return url
}

function createNotifyError(to: Secret, url: URL, what: string): DragonfabError {
  return new DragonfabError({ code: 'NOTIFY_FAILED', message: `no message was sent: ${to.label} (${url.host}) ${what}` })
}

function errorReason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (!(cause instanceof Error)) return String(cause)
  const { code, errors } = cause as { code?: string; errors?: readonly unknown[] }
  return cause.message || code || (errors?.length ? errorReason(errors[0]) : cause.name)
}
