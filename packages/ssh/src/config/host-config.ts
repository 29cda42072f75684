import type { StrictHostKeys } from '../target.ts'
import type { RawConfig } from './raw-config.ts'
import { type ConfigTokens, expandPath, expandTokens, resolveAgainst } from './tokens.ts'

/** The settings of ssh_config for one host that this package honours, with absolute paths. */
export interface HostConfig {
  readonly original: string
  readonly hostname: string
  readonly port: number
  readonly user: string
  readonly addressFamily: 0 | 4 | 6
  readonly bindAddress: string | undefined
  readonly connectTimeoutMs: number | undefined
  readonly keepaliveMs: number | undefined
  readonly keepaliveCount: number | undefined
  readonly identityFiles: readonly string[]
  readonly identitiesOnly: boolean
  readonly certificateFiles: readonly string[]
  /** The agent's socket. `undefined` means no agent. */
  readonly agent: string | undefined
  /** The socket of the agent that commands on the host may use. */
  readonly forwardAgent: string | undefined
  readonly publicKeys: boolean
  readonly passwords: boolean
  readonly keyboard: boolean
  readonly batch: boolean
  /** Comma-separated hosts, the nearest first. */
  readonly proxyJump: string | undefined
  readonly proxyCommand: string | undefined
  readonly userKnownHosts: readonly string[]
  readonly globalKnownHosts: readonly string[]
  readonly hashKnownHosts: boolean
  readonly hostKeyAlias: string | undefined
  readonly hostKeyAlgorithms: readonly string[] | undefined
  readonly strictHostKeys: StrictHostKeys
}

/** @param directory The base of relative paths. By default the working directory, as in ssh. */
export function buildHostConfig(original: string, raw: RawConfig, directory = process.cwd()): HostConfig {
  const firstValue = (keyword: string) => raw.get(keyword)?.[0]
  const definedValue = (keyword: string) => {
    const value = firstValue(keyword)
    return value === undefined || value === 'none' ? undefined : value
  }
  const parseYes = (keyword: string, fallback: boolean) => {
    const value = firstValue(keyword)
    return value === undefined ? fallback : value === 'yes' || value === 'true'
  }
  const parseSeconds = (keyword: string) => {
    const value = Number(definedValue(keyword))
    return value > 0 ? value * 1000 : undefined
  }
  const tokens: ConfigTokens = {
    original,
    hostname: firstValue('hostname') ?? original,
    port: Number(firstValue('port') ?? 22),
    user: firstValue('user') ?? '',
    hostKeyAlias: definedValue('hostkeyalias'),
    proxyJump: definedValue('proxyjump'),
  }
  const resolvePath = (value: string) => resolveAgainst(expandPath(stripQuotes(value), tokens), directory)
  const resolvePaths = (keyword: string) => (raw.get(keyword) ?? []).filter((value) => value !== 'none').map(resolvePath)
  const proxyJump = definedValue('proxyjump')
  const proxyCommand = proxyJump === undefined ? definedValue('proxycommand') : undefined
  return {
    ...tokens,
    addressFamily: firstValue('addressfamily') === 'inet' ? 4 : firstValue('addressfamily') === 'inet6' ? 6 : 0,
    bindAddress: definedValue('bindaddress'),
    connectTimeoutMs: parseSeconds('connecttimeout'),
    // Debian's ssh sets 300 s itself if BatchMode is set, although the configuration does not ask for it.
    keepaliveMs:
      parseYes('batchmode', false) && firstValue('serveraliveinterval') === '300' ? undefined : parseSeconds('serveraliveinterval'),
    keepaliveCount: Number(firstValue('serveralivecountmax')) || undefined,
    identityFiles: [...new Set(resolvePaths('identityfile'))],
    identitiesOnly: parseYes('identitiesonly', false),
    certificateFiles: resolvePaths('certificatefile'),
    agent: resolveAgentSocket(firstValue('identityagent'), resolvePath),
    forwardAgent: resolveForwardedAgent(firstValue('forwardagent'), firstValue('identityagent'), resolvePath),
    publicKeys: firstValue('pubkeyauthentication') !== 'no' && firstValue('pubkeyauthentication') !== 'false',
    passwords: parseYes('passwordauthentication', true),
    keyboard: parseYes('kbdinteractiveauthentication', true),
    batch: parseYes('batchmode', false),
    proxyJump,
    proxyCommand: proxyCommand === undefined ? undefined : expandTokens(proxyCommand, tokens),
    userKnownHosts: splitKnownHostsPaths(definedValue('userknownhostsfile')).map(resolvePath),
    globalKnownHosts: splitKnownHostsPaths(definedValue('globalknownhostsfile')).map(resolvePath),
    hashKnownHosts: parseYes('hashknownhosts', false),
    hostKeyAlias: tokens.hostKeyAlias,
    hostKeyAlgorithms: firstValue('hostkeyalgorithms')?.split(','),
    strictHostKeys: parseStrictness(firstValue('stricthostkeychecking')),
  }
}

/** `ssh -G` does not quote names with spaces. A new name starts where a path can start. */
function splitKnownHostsPaths(value: string | undefined): string[] {
  if (value === undefined) return []
  if (value.includes('"')) return [...value.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
  return value.split(/ (?=[/~%$])/).flatMap((part) => (/^[/~%$]/.test(part) ? [part] : part.split(' ')))
}

function stripQuotes(value: string): string {
  return /^".*"$/.test(value) ? value.slice(1, -1) : value
}

function resolveAgentSocket(value: string | undefined, path: (value: string) => string): string | undefined {
  if (value === 'none') return undefined
  if (value === undefined || value === 'SSH_AUTH_SOCK') return process.env.SSH_AUTH_SOCK || undefined
  if (/^\$\w+$/.test(value)) return process.env[value.slice(1)] || undefined
  return path(value)
}

function resolveForwardedAgent(value: string | undefined, agent: string | undefined, path: (value: string) => string): string | undefined {
  if (value === undefined || value === 'no' || value === 'false') return undefined
  return value === 'yes' || value === 'true' ? resolveAgentSocket(agent, path) : resolveAgentSocket(value, path)
}

/** With `no`, OpenSSH would continue even if a key has changed. Dragonfab then accepts new keys, but refuses changed ones. */
function parseStrictness(value: string | undefined): StrictHostKeys {
  if (value === 'true' || value === 'yes') return 'yes'
  return value === 'accept-new' || value === 'false' || value === 'no' || value === 'off' ? 'accept-new' : 'ask'
}
