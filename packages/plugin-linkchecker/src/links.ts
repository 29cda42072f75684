import { Parser } from 'htmlparser2'

/** Attributes with an address, by element. */
const attributes: Readonly<Record<string, string>> = {
  a: 'href',
  area: 'href',
  link: 'href',
  img: 'src',
  script: 'src',
  iframe: 'src',
  source: 'src',
  video: 'src',
  audio: 'src',
  embed: 'src',
  object: 'data',
}

/** The addresses that a page links to, without fragments, resolved against `<base>`. Links that are not addresses are returned unchanged. */
export function linksOf(html: string, page: string): readonly string[] {
  let base = page
  const links = new Set<string>()
  const parser = new Parser({
    onopentag: (name, values) => {
      if (name === 'base' && values.href !== undefined) base = resolveLink(values.href, page) ?? page
      if (name === 'link' && /\b(preconnect|dns-prefetch)\b/.test(values.rel ?? '')) return
      const value = values[attributes[name] ?? '']?.trim()
      if (value === undefined || value.startsWith('#')) return
      const to = resolveLink(value, base)
      if (to === undefined) links.add(value)
      else if (/^https?:/.test(to)) links.add(to)
    },
  })
  parser.end(html)
  return [...links]
}

function resolveLink(value: string, base: string): string | undefined {
  try {
    const url = new URL(value, base)
    url.hash = ''
    return url.href
  } catch {
    return undefined
  }
}
