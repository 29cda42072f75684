import { DragonfabError } from '@dragonfab/core'
import { makePrintable } from '../options.ts'

/** What is known about an attempt that failed before the host let us in. */
export interface FailedAttempt {
  /** For people: `deploy@web1`. */
  readonly name: string
  /** `127.0.0.1 port 2222`, with how it is reached. */
  readonly address: string
  readonly seconds: number
  /** The first bytes that the other side sent. */
  readonly firstBytes: string
  /** How a ProxyCommand failed. */
  readonly proxyFailure?: string | undefined
  /** Whether a login had begun. */
  readonly duringLogin: boolean
}

type RawError = Error & { code?: string | number; level?: string; reason?: number | string }

const tooManyConnections = /MaxStartups|too many (connections|users)|Not allowed at this time/i

/** sshd 9.8 shuts out who has failed too often (PerSourcePenalties): trying again would only make it longer. */
export function isPenalised(firstBytes: string): boolean {
  return /Not allowed at this time/.test(firstBytes)
}

/** One clear error for whatever ssh2, the resolver or the kernel said. */
export function describeFailure(thrown: unknown, attempt: FailedAttempt): DragonfabError {
  const error = unwrapError(thrown)
  const { name, address, firstBytes } = attempt
  const errorText = makePrintable(error.message)
  const problem = (code: string, message: string, remedy: string, cause = errorText) =>
    new DragonfabError({ code, host: name, message, remedy, ...(cause ? { cause } : {}) })
  if (firstBytes && !firstBytes.startsWith('SSH-') && !tooManyConnections.test(firstBytes) && !/\nSSH-/.test(firstBytes)) {
    return problem('SSH_NOT_SSH', `${address} does not speak SSH`, 'check the host and the port', `it says: ${makePrintable(firstBytes)}`)
  }
  if (attempt.proxyFailure !== undefined) {
    return problem(
      'SSH_PROXY',
      `the ProxyCommand to ${address} failed`,
      'try it in a shell, as it stands in ssh_config',
      attempt.proxyFailure,
    )
  }
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NONAME':
    case 'EAI_FAIL':
      return problem('SSH_DNS', `the name of ${address} cannot be resolved`, 'check the host name, the ssh_config and the network')
    case 'ECONNREFUSED':
      return problem('SSH_REFUSED', `nothing accepts connections at ${address}`, 'check the port, and that sshd runs there')
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
    case 'EACCES':
    case 'EPERM':
      return problem('SSH_UNREACHABLE', `there is no way to ${address}`, 'check the address, the network, the VPN and the firewall')
    case 'ETIMEDOUT':
      return timedOutError(attempt)
    case 'DFAB_TIMEOUT':
      return timedOutError(attempt)
    case 'DFAB_CLOSED':
      return problem('SSH_CLOSED', `the connection to ${address} was given up`, 'run it again')
    default:
  }
  if (error.reason === 1) {
    return problem(
      'SSH_JUMP',
      `the jump host does not forward to ${address}`,
      'allow it there: AllowTcpForwarding, PermitOpen in its sshd_config',
    )
  }
  if (error.reason === 2)
    return problem('SSH_REFUSED', `the jump host cannot reach ${address}`, 'check the host and the port, as seen from there')
  if (/no matching|Unsupported.*algorithm/i.test(error.message)) {
    return problem(
      'SSH_ALGORITHMS',
      `${address} offers no algorithm that is known here`,
      'update the host, or its Ciphers, KexAlgorithms, MACs and HostKeyAlgorithms',
    )
  }
  if (isEarlyEnd(error)) {
    if (attempt.duringLogin) return problem('SSH_ENDED', `${address} closed the connection during the login`, "see the host's sshd log")
    const cause = tooManyConnections.test(firstBytes) ? `it says: ${makePrintable(firstBytes)}` : errorText
    return problem(
      'SSH_ENDED',
      `${address} closed the connection before anything was agreed`,
      "see the host's sshd log: MaxStartups, AllowUsers, a firewall, or a full disk",
      cause,
    )
  }
  return problem('SSH_FAILED', `the SSH connection to ${address} failed`, `see what ssh -v says about ${name}, and the host's sshd log`)
}

/** Whether the other side hung up before it said anything of importance, as sshd does beyond MaxStartups. */
export function isEarlyEnd(thrown: unknown): boolean {
  const error = unwrapError(thrown)
  return (
    error.code === 'ECONNRESET' ||
    error.code === 'EPIPE' ||
    error.code === 'DFAB_ENDED' ||
    /Connection lost before handshake/.test(error.message)
  )
}

export function timeoutError(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'DFAB_TIMEOUT' })
}

export function closedError(): Error {
  return Object.assign(new Error('the pool was closed'), { code: 'DFAB_CLOSED' })
}

export function endedError(): Error {
  return Object.assign(new Error('the host closed the connection'), { code: 'DFAB_ENDED' })
}

function timedOutError({ name, address, seconds, firstBytes }: FailedAttempt): DragonfabError {
  return new DragonfabError({
    code: 'SSH_TIMEOUT',
    host: name,
    message: `${address} did not get as far as a login within ${seconds} s`,
    cause: firstBytes ? `it said: ${makePrintable(firstBytes)}` : 'it said nothing',
    remedy: 'check the address and the firewall; a slow host needs a larger ConnectTimeout',
  })
}

/** With several addresses Node gives one error that holds all. */
function unwrapError(thrown: unknown): RawError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const inner = (error as { errors?: unknown[] }).errors?.[0]
  return inner instanceof Error ? (inner as RawError) : (error as RawError)
}
