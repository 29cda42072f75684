import type { CoreEnv, Values } from '@dragonfab/core'
import pLimit from 'p-limit'
import { linksOf } from './links.ts'
import type { options } from './options.ts'

export type LinkcheckerEnv = CoreEnv & { readonly linkchecker: Values<typeof options> }

export type Settings = Omit<LinkcheckerEnv['linkchecker'], 'url'> & { readonly url: string }

export interface Broken {
  readonly url: string
  /** The page on which it was found first. */
  readonly on: string
  readonly why: string
  readonly external: boolean
}

export interface Crawled {
  readonly asked: number
  readonly broken: readonly Broken[]
  /** Addresses were left, since there were more than `pages`. */
  readonly cut: boolean
}

/** Reads all pages below the first address, and asks for all that they lead to, each once. */
export async function crawl(settings: Settings, signal: AbortSignal, progress: (text: string) => void): Promise<Crawled> {
  const { url, external, exclude, pages, parallel } = settings
  const start = new URL(url)
  const below = new URL('.', start).href
  const known = new Set<string>([start.href])
  const broken: Broken[] = []
  let asked = 0
  let cut = false
  let ring: { readonly url: string; readonly on: string }[] = [{ url: start.href, on: url }]
  const limit = pLimit(parallel)
  while (ring.length) {
    const next: typeof ring = []
    await Promise.all(
      ring.map((each) =>
        limit(async () => {
          signal.throwIfAborted()
          const own = each.url.startsWith(start.origin)
          const answer = await ask(each.url, each.url.startsWith(below), settings.timeout * 1000, signal)
          progress(`${++asked} asked, ${broken.length} broken`)
          if ('why' in answer) broken.push({ ...each, why: answer.why, external: !own })
          else for (const link of answer.links) next.push({ url: link, on: each.url })
        }),
      ),
    )
    ring = []
    for (const each of next) {
      if (known.has(each.url) || exclude.some((part) => each.url.includes(part))) continue
      if (external === 'ignore' && URL.canParse(each.url) && !each.url.startsWith(start.origin)) continue
      if (known.size >= pages) cut = true
      else {
        known.add(each.url)
        ring.push(each)
      }
    }
  }
  return { asked, broken, cut }
}

async function ask(
  url: string,
  read: boolean,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ readonly links: readonly string[] } | { readonly why: string }> {
  if (!URL.canParse(url)) return { why: 'is no address' }
  const options = { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]), headers: { 'user-agent': 'dragonfab-linkchecker' } }
  try {
    let response = await fetch(url, { ...options, method: read ? 'GET' : 'HEAD' })
    // Not every server knows HEAD.
    if (!read && !response.ok) response = await fetch(url, options)
    const html = read && response.ok && /html/.test(response.headers.get('content-type') ?? '')
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
