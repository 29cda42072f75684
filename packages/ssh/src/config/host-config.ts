import type { StrictHostKeys } from '../target.ts'
import type { RawConfig } from './raw.ts'
import { absolute, expandPath, expandTokens, type Tokens } from './tokens.ts'

/** All that ssh_config says about one host and that is heeded here, with paths that can be opened. */
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
  /** The agent's socket; `undefined` means none. */
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

/** @param directory against which relative paths are meant: where the tool was started, as with ssh. */
export function hostConfig(original: string, raw: RawConfig, directory = process.cwd()): HostConfig {
  const first = (keyword: string) => raw.get(keyword)?.[0]
  const set = (keyword: string) => {
    const value = first(keyword)
    return value === undefined || value === 'none' ? undefined : value
  }
  const yes = (keyword: string, fallback: boolean) => {
    const value = first(keyword)
    return value === undefined ? fallback : value === 'yes' || value === 'true'
  }
  const seconds = (keyword: string) => {
    const value = Number(set(keyword))
    return value > 0 ? value * 1000 : undefined
  }
  const tokens: Tokens = {
    original,
    hostname: first('hostname') ?? original,
    port: Number(first('port') ?? 22),
    user: first('user') ?? '',
    hostKeyAlias: set('hostkeyalias'),
    proxyJump: set('proxyjump'),
  }
  const path = (value: string) => absolute(expandPath(unquoted(value), tokens), directory)
  const paths = (keyword: string) => (raw.get(keyword) ?? []).filter((value) => value !== 'none').map(path)
  const proxyJump = set('proxyjump')
  const proxyCommand = proxyJump === undefined ? set('proxycommand') : undefined
  return {
    ...tokens,
    addressFamily: first('addressfamily') === 'inet' ? 4 : first('addressfamily') === 'inet6' ? 6 : 0,
    bindAddress: set('bindaddress'),
    connectTimeoutMs: seconds('connecttimeout'),
    // Debian's ssh makes it 300 s by itself where BatchMode is set; nobody has asked for that.
    keepaliveMs: yes('batchmode', false) && first('serveraliveinterval') === '300' ? undefined : seconds('serveraliveinterval'),
    keepaliveCount: Number(first('serveralivecountmax')) || undefined,
    identityFiles: [...new Set(paths('identityfile'))],
    identitiesOnly: yes('identitiesonly', false),
    certificateFiles: paths('certificatefile'),
    agent: agentSocket(first('identityagent'), path),
    forwardAgent: forwardedAgent(first('forwardagent'), first('identityagent'), path),
    publicKeys: first('pubkeyauthentication') !== 'no' && first('pubkeyauthentication') !== 'false',
    passwords: yes('passwordauthentication', true),
    keyboard: yes('kbdinteractiveauthentication', true),
    batch: yes('batchmode', false),
    proxyJump,
    proxyCommand: proxyCommand === undefined ? undefined : expandTokens(proxyCommand, tokens),
    userKnownHosts: knownHostsPaths(set('userknownhostsfile')).map(path),
    globalKnownHosts: knownHostsPaths(set('globalknownhostsfile')).map(path),
    hashKnownHosts: yes('hashknownhosts', false),
    hostKeyAlias: tokens.hostKeyAlias,
    hostKeyAlgorithms: first('hostkeyalgorithms')?.split(','),
    strictHostKeys: strictness(first('stricthostkeychecking')),
  }
}

/** `ssh -G` prints names with spaces as they are; a new name starts where a path can start. */
function knownHostsPaths(value: string | undefined): string[] {
  if (value === undefined) return []
  if (value.includes('"')) return [...value.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
  return value.split(/ (?=[/~%$])/).flatMap((part) => (/^[/~%$]/.test(part) ? [part] : part.split(' ')))
}

function unquoted(value: string): string {
  return /^".*"$/.test(value) ? value.slice(1, -1) : value
}

function agentSocket(value: string | undefined, path: (value: string) => string): string | undefined {
  if (value === 'none') return undefined
  if (value === undefined || value === 'SSH_AUTH_SOCK') return process.env.SSH_AUTH_SOCK || undefined
  if (/^\$\w+$/.test(value)) return process.env[value.slice(1)] || undefined
  return path(value)
}

function forwardedAgent(value: string | undefined, agent: string | undefined, path: (value: string) => string): string | undefined {
  if (value === undefined || value === 'no' || value === 'false') return undefined
  return value === 'yes' || value === 'true' ? agentSocket(agent, path) : agentSocket(value, path)
}

/** `no` would also go on past a changed key: here it learns new ones and refuses changed ones. */
function strictness(value: string | undefined): StrictHostKeys {
  if (value === 'true' || value === 'yes') return 'yes'
  return value === 'accept-new' || value === 'false' || value === 'no' || value === 'off' ? 'accept-new' : 'ask'
}
