import { selectionOf } from '@dragonfab/config'
import { isSecret } from '@dragonfab/core'
import type { Origin, RunHost } from '@dragonfab/plan'
import { chooseHosts } from '@dragonfab/run'
import { escapeControls, formatHosts } from '../reporter/text.ts'
import { type CommandContext, createLazyPool } from '../run/context.ts'

/** `env`: prints every variable of every host, and the layer that set it. Secrets are masked. It connects to no host. */
export async function envCommand(context: CommandContext, environment: string): Promise<number> {
  const { project, invocation, streams } = context
  const { pool, close } = createLazyPool(
    (question) => question(),
    () => undefined,
  )
  const selection = { environment, tasks: [], ...selectionOf(invocation) }
  const { hosts } = await chooseHosts(project, selection, async (host) => (await pool()).loginUser(host)).finally(close)
  const text = invocation.options.json
    ? `${JSON.stringify({ environment, hosts: hosts.map((host) => ({ name: host.name, role: host.role, variables: host.origins().map(removePasswords) })) })}\n`
    : formatTable(hosts)
  streams.out.write(text)
  return 0
}

/** A variable that is the same on all hosts is printed once. */
function formatTable(hosts: readonly RunHost[]): string {
  const origins = hosts.map((host) => new Map(host.origins().map((origin) => [origin.name, origin])))
  const names = [...new Set(origins.flatMap((each) => [...each.keys()]))]
  const rows = names.flatMap((name) => {
    const groups = new Map<string, { origin: Origin; hosts: string[] }>()
    hosts.forEach((host, index) => {
      const origin = origins[index]?.get(name)
      if (!origin) return
      const key = `${formatOrigin(origin)}\n${origin.origin}`
      const group = groups.get(key) ?? { origin, hosts: [] }
      group.hosts.push(host.name)
      groups.set(key, group)
    })
    return [...groups.values()].map((group) => [
      name,
      formatOrigin(group.origin),
      group.origin.origin,
      groups.size > 1 ? formatHosts(group.hosts) : '',
    ])
  })
  const widths = [0, 1, 2].map((column) => Math.min(60, Math.max(0, ...rows.map((row) => row[column]?.length ?? 0))))
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** A password in an address (`https://bot:…@host`) is a secret too, although its variable is plain text. */
function removePassword(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/([A-Za-z][A-Za-z0-9+.-]*:\/\/[^@/:\s]*):[^@/\s]*@/g, '$1:[secret]@')
  if (Array.isArray(value)) return value.map(removePassword)
  const plain = typeof value === 'object' && value !== null && !isSecret(value)
  return plain ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, removePassword(each)])) : value
}

const removePasswords = (origin: Origin): Origin => ({ ...origin, value: removePassword(origin.value) })

function formatOrigin(origin: Origin): string {
  const { value, unknown } = removePasswords(origin)
  if (unknown !== undefined) return `(${escapeControls(unknown)})`
  if (value === undefined || value === null) return '-'
  if (isSecret(value)) return '[secret]'
  return escapeControls(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\n', '\\n')
}
