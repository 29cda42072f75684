import { DragonfabError } from '@dragonfab/core'
import type { HostConfig } from '../config/host-config.ts'
import { resolveAgainst } from '../config/tokens.ts'
import { checkTarget, formatTarget, type SshTarget, type StrictHostKeys } from '../target.ts'

/** A host to connect to, with its settings from the configuration and ssh_config, and its jump hosts. */
export interface Destination {
  /** For messages: `deploy@web1`. */
  readonly name: string
  /** `127.0.0.1 port 2222 (through bastion)` */
  readonly address: string
  readonly config: HostConfig
  readonly strictHostKeys: StrictHostKeys
  /** The known_hosts files to trust. */
  readonly knownHosts: readonly string[]
  /** The file that new host keys are added to. */
  readonly learnTo: string | undefined
  /** Identity files that the configuration names itself. */
  readonly identityFiles: readonly string[]
  readonly via: Destination | undefined
  /** Equal for destinations that can share a connection. */
  readonly connectionKey: string
}

type ResolveConfig = (target: Pick<SshTarget, 'host' | 'port' | 'user'>) => Promise<HostConfig>

/** The most jump hosts in a row. Without a limit, a ring of jump hosts would never end. */
const maxJumps = 8

/** Resolves a target: its settings in ssh_config, and those of each jump host. */
export async function findDestination(target: SshTarget, resolve: ResolveConfig): Promise<Destination> {
  const viaTarget = target.via && (await findDestination(target.via, resolve))
  const explicitFiles = (target.identityFiles ?? []).map((file) => resolveAgainst(expandHome(file), target.directory))
  const resolveHop = async (
    hop: Pick<SshTarget, 'host' | 'port' | 'user'>,
    jumps: string | undefined | 'own',
    depth: number,
  ): Promise<Destination> => {
    if (depth > maxJumps) {
      throw new DragonfabError({
        code: 'SSH_JUMP',
        host: formatTarget(target),
        message: `${formatTarget(target)} is behind more than ${maxJumps} jump hosts, or they form a ring`,
        remedy: 'check ProxyJump in ssh_config; a jump host must not match the Host pattern that sends others through it',
      })
    }
    const resolved = await resolve(hop)
    const lentAgent =
      depth === 0 && target.forwardAgent !== undefined
        ? target.forwardAgent
          ? (resolved.forwardAgent ?? resolved.agent)
          : undefined
        : resolved.forwardAgent
    const config = {
      ...resolved,
      forwardAgent: lentAgent,
      ...(explicitFiles.length ? { identityFiles: depth === 0 ? explicitFiles : [...explicitFiles, ...resolved.identityFiles] } : {}),
    }
    const route = jumps === 'own' ? config.proxyJump : jumps
    const lastJump = route === undefined || viaTarget ? undefined : splitLastJump(route)
    const via = viaTarget ?? (lastJump && (await resolveHop(parseJump(lastJump.last, target), lastJump.before ?? 'own', depth + 1)))
    const name = formatTarget(hop)
    const namedFiles =
      target.knownHosts === undefined
        ? undefined
        : [target.knownHosts].flat().map((file) => resolveAgainst(expandHome(file), target.directory))
    const knownHosts = namedFiles ?? [...config.userKnownHosts, ...config.globalKnownHosts]
    const [learnTo] = namedFiles ?? config.userKnownHosts
    const address = `${config.hostname} port ${config.port}${via ? ` (through ${via.name})` : config.proxyCommand === undefined ? '' : ' (by a ProxyCommand)'}`
    const strictHostKeys = target.strictHostKeys ?? config.strictHostKeys
    const connectionKey = JSON.stringify([
      config.hostname,
      config.port,
      config.user,
      config.proxyCommand ?? null,
      config.hostKeyAlias ?? null,
      via?.connectionKey ?? null,
      strictHostKeys,
      knownHosts,
      config.identityFiles,
      config.forwardAgent ?? null,
    ])
    return { name, address, config, strictHostKeys, knownHosts, learnTo, identityFiles: explicitFiles, via, connectionKey }
  }
  return resolveHop(target, 'own', 0)
}

function expandHome(path: string): string {
  return path.replace(/^~(?=\/|$)/, () => process.env.HOME ?? '~')
}

/** Splits off the last jump host. The hosts are connected from left to right, and the last one connects to the target. */
function splitLastJump(route: string): { last: string; before: string | undefined } {
  const comma = route.lastIndexOf(',')
  return comma < 0 ? { last: route.trim(), before: undefined } : { last: route.slice(comma + 1).trim(), before: route.slice(0, comma) }
}

/** `[user@]host[:port]` or an `ssh://` URI. */
export function parseJump(text: string, target: SshTarget): Pick<SshTarget, 'host' | 'port' | 'user'> {
  const match = /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:]+|[^[\]]*:[^[\]]*:[^[\]]*))(?::(\d+))?\/?$/.exec(text)
  const host = match?.[2] ?? match?.[3] ?? ''
  const jump = {
    host,
    ...(match?.[1] === undefined ? {} : { user: match[1] }),
    ...(match?.[4] === undefined ? {} : { port: Number(match[4]) }),
  }
  checkTarget({ ...jump, directory: target.directory })
  return jump
}
