/** Where a machine is. ssh_config decides whatever is left out. */
export type MachineAddress =
  | { readonly kind: 'local' }
  | { readonly kind: 'ssh'; readonly host: string; readonly port?: number; readonly user?: string }

/** Characters that mean something to a shell. OpenSSH refuses them too, because names become part of `ProxyCommand`. */
const unsafeCharacters = /[\s\x00-\x1f\x7f-\x9f'"`$\\;&<>|(){}*?!,/#]/

/** Reads `local`, `host`, `user@host:port`, `[ipv6]:port`. Otherwise `wrong` is the end of a sentence that begins with what was read. */
export function parseHost(text: string): MachineAddress | { readonly wrong: string; readonly remedy?: string } {
  if (text === 'local') return { kind: 'local' }
  if (text === '') return { wrong: 'is empty' }
  if (text.includes('://')) return { wrong: `is a URL: ${JSON.stringify(text)}`, remedy: 'write user@host:port' }
  const at = text.lastIndexOf('@')
  const user = at < 0 ? undefined : text.slice(0, at)
  const rest = text.slice(at + 1)
  const parts = rest.startsWith('[') ? /^\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\](?::(.*))?$/s.exec(rest) : /^([^:]*)(?::([^:]*))?$/s.exec(rest)
  if (!parts)
    return { wrong: `is not a host: ${JSON.stringify(text)}`, remedy: 'write user@host:port, and an IPv6 address in brackets: [::1]:22' }
  const [, host = '', port] = parts
  for (const [what, word] of [
    ['user', user],
    ['host', host],
  ] as const) {
    if (word === '') return { wrong: `has no ${what}: ${JSON.stringify(text)}` }
    if (word?.startsWith('-'))
      return { wrong: `has a ${what} that starts with "-", which ssh would take for an option: ${JSON.stringify(text)}` }
    // On hosts that are joined to a domain, `DOMAIN\\name` is a login name.
    if (word !== undefined && unsafeCharacters.test(what === 'user' ? word.replace(/\\(?!$)/, '') : word))
      return { wrong: `has a character in its ${what} that is not allowed: ${JSON.stringify(text)}` }
  }
  if (port !== undefined && (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)) {
    return { wrong: `has a port that is not a number between 1 and 65535: ${JSON.stringify(text)}` }
  }
  return { kind: 'ssh', host, ...(port ? { port: Number(port) } : {}), ...(user ? { user } : {}) }
}
