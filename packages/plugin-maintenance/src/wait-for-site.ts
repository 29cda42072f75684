import { setTimeout as pause } from 'node:timers/promises'
import { type CodeStep, code, DragonfabError } from '@dragonfab/core'

/** How long a web server may take to see the flag: some cache whether a file exists. */
const limitMs = 10_000

/** Requests the site, once for all hosts and from this machine, until its answer matches the flag. */
export function waitForSite(url: string, mode: 'maintenance' | 'live'): CodeStep {
  const title = mode === 'maintenance' ? `does ${url} answer 503` : `does ${url} answer`
  return code({ name: 'maintenance.seen', title, args: { url, mode }, target: 'local' }, async ({ signal, log }) => {
    const start = Date.now()
    for (;;) {
      const answer = await askSite(url, signal)
      if ((answer === '503') === (mode === 'maintenance') && /^\d+$/.test(answer)) return log(`${url} answers ${answer}`)
      if (Date.now() - start > limitMs) throw createNotSeenError(url, mode, answer)
      await pause(250, undefined, { signal })
    }
  })
}

async function askSite(url: string, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]) })
    await response.body?.cancel()
    return String(response.status)
  } catch (error) {
    signal.throwIfAborted()
    const { cause, message } = error as Error
    return cause instanceof Error ? cause.message : message
  }
}

function createNotSeenError(url: string, mode: 'maintenance' | 'live', answer: string): DragonfabError {
  return new DragonfabError({
    code: 'MAINTENANCE_NOT_SEEN',
    message:
      mode === 'maintenance' ? `${url} does not answer 503, so visitors still reach the site` : `${url} does not answer as a live site`,
    cause: `its last answer: ${answer}`,
    remedy:
      mode === 'maintenance'
        ? 'let the web server look for `maintenance.folder`; the README has examples'
        : 'check the log of the web server',
  })
}
