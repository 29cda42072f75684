import pLimit from 'p-limit'
import { linksOf } from './links.ts'
import type { LinkcheckerEnv } from './options.ts'

export type CrawlSettings = Omit<LinkcheckerEnv['linkchecker'], 'url'> & { readonly url: string }

export interface BrokenLink {
  readonly url: string
  /** The page on which the link was found first. */
  readonly page: string
  readonly reason: string
  readonly external: boolean
}

export interface CrawlResult {
  readonly requested: number
  readonly broken: readonly BrokenLink[]
  /** Whether there were more addresses than `pages`. */
  readonly truncated: boolean
}

/** Reads all pages below the first address, and requests everything that they link to, each once. */
export async function crawlSite(settings: CrawlSettings, signal: AbortSignal, progress: (text: string) => void): Promise<CrawlResult> {
  const { url, external, exclude, pages, parallel } = settings
  const start = new URL(url)
  const root = new URL('.', start).href
  const seen = new Set<string>([start.href])
  const broken: BrokenLink[] = []
  let requested = 0
  let truncated = false
  let ring: { readonly url: string; readonly page: string }[] = [{ url: start.href, page: url }]
  const limit = pLimit(parallel)
  while (ring.length) {
    const next: typeof ring = []
    await Promise.all(
      ring.map((each) =>
        limit(async () => {
          signal.throwIfAborted()
          const isInternal = each.url.startsWith(start.origin)
          const answer = await askAddress(each.url, each.url.startsWith(root), settings.timeout * 1000, signal)
          progress(`${++requested} requested, ${broken.length} broken`)
          if ('why' in answer) broken.push({ ...each, reason: answer.why, external: !isInternal })
          else for (const link of answer.links) next.push({ url: link, page: each.url })
        }),
      ),
    )
    ring = []
    for (const each of next) {
      if (seen.has(each.url) || exclude.some((part) => each.url.includes(part))) continue
      if (external === 'ignore' && URL.canParse(each.url) && !each.url.startsWith(start.origin)) continue
      if (seen.size >= pages) truncated = true
      else {
        seen.add(each.url)
        ring.push(each)
      }
    }
  }
  return { requested, broken, truncated }
}

async function askAddress(
  url: string,
  readsBody: boolean,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ readonly links: readonly string[] } | { readonly why: string }> {
  if (!URL.canParse(url)) return { why: 'is not an address' }
  const options = { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]), headers: { 'user-agent': 'dragonfab-linkchecker' } }
  try {
    let response = await fetch(url, { ...options, method: readsBody ? 'GET' : 'HEAD' })
    // Not every server supports HEAD.
    if (!readsBody && !response.ok) response = await fetch(url, options)
    const html = readsBody && response.ok && /html/.test(response.headers.get('content-type') ?? '')
    const text = html ? await response.text() : ''
    if (!html) await response.body?.cancel()
    if (!response.ok) return { why: `answers ${response.status}` }
    return { links: html ? linksOf(text, response.url) : [] }
  } catch (error) {
    signal.throwIfAborted()
    const { cause, message, name } = error as Error
    return { why: name === 'TimeoutError' ? `no answer in ${timeoutMs / 1000} s` : cause instanceof Error ? cause.message : message }
  }
}
