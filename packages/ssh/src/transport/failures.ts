import { DragonfabError } from '@dragonfab/core'
import { makePrintable } from '../options.ts'

/** Data about an attempt that failed before the login succeeded. */
export interface FailedAttempt {
  /** For people: `deploy@web1`. */
  readonly name: string
  /** `127.0.0.1 port 2222`, with how it is reached. */
  readonly address: string
  readonly seconds: number
  /** The first bytes that the other side sent. */
  readonly firstBytes: string
  /** The error of a ProxyCommand. */
  readonly proxyFailure?: string | undefined
  /** Whether the login had started. */
  readonly duringLogin: boolean
}

type RawError = Error & { code?: string | number; level?: string; reason?: number | string }

const tooManyConnections = /MaxStartups|too many (connections|users)|Not allowed at this time/i

/** sshd 9.8 blocks clients that have failed too often (PerSourcePenalties). A retry would only extend the penalty. */
export function isPenalised(firstBytes: string): boolean {
  return /Not allowed at this time/.test(firstBytes)
}

/** Describes an error of ssh2, the resolver or the kernel as a problem. */
export function describeFailure(thrown: unknown, attempt: FailedAttempt): DragonfabError {
  const error = unwrapError(thrown)
  const { name, address, firstBytes } = attempt
  const errorText = makePrintable(error.message)
  const problem = (code: string, message: string, remedy: string, cause = errorText) =>
    new DragonfabError({ code, host: name, message, remedy, ...(cause ? { cause } : {}) })
  if (firstBytes && !firstBytes.startsWith('SSH-') && !tooManyConnections.test(firstBytes) && !/\nSSH-/.test(firstBytes)) {
    return problem('SSH_NOT_SSH', `${address} does not speak SSH`, 'check the host and the port', `it sent: ${makePrintable(firstBytes)}`)
  }
  if (attempt.proxyFailure !== undefined) {
    return problem(
      'SSH_PROXY',
      `the ProxyCommand to ${address} failed`,
      'run it in a shell, exactly as in ssh_config',
      attempt.proxyFailure,
    )
  }
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NONAME':
    case 'EAI_FAIL':
      return problem('SSH_DNS', `the name of ${address} cannot be resolved`, 'check the host name, ssh_config and the network')
    case 'ECONNREFUSED':
      return problem('SSH_REFUSED', `nothing accepts connections at ${address}`, 'check the port, and that sshd is running on the host')
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
    case 'EACCES':
    case 'EPERM':
      return problem('SSH_UNREACHABLE', `there is no route to ${address}`, 'check the address, the network, the VPN and the firewall')
    case 'ETIMEDOUT':
      return timedOutError(attempt)
    case 'DFAB_TIMEOUT':
      return timedOutError(attempt)
    case 'DFAB_CLOSED':
      return problem('SSH_CLOSED', `the connection to ${address} was cancelled`, 'try again')
    default:
  }
  if (error.reason === 1) {
    return problem(
      'SSH_JUMP',
      `the jump host refuses to forward to ${address}`,
      'allow it in the sshd_config of the jump host: AllowTcpForwarding, PermitOpen',
    )
  }
  if (error.reason === 2)
    return problem('SSH_REFUSED', `the jump host cannot reach ${address}`, 'check the host and the port, as seen from the jump host')
  if (/no matching|Unsupported.*algorithm/i.test(error.message)) {
    return problem(
      'SSH_ALGORITHMS',
      `${address} offers no algorithm that Dragonfab supports`,
      'update sshd on the host, or change its Ciphers, KexAlgorithms, MACs and HostKeyAlgorithms',
    )
  }
  if (isEarlyEnd(error)) {
    if (attempt.duringLogin) return problem('SSH_ENDED', `${address} closed the connection during the login`, "check the host's sshd log")
    const cause = tooManyConnections.test(firstBytes) ? `it sent: ${makePrintable(firstBytes)}` : errorText
    return problem(
      'SSH_ENDED',
      `${address} closed the connection during the handshake`,
      "check the host's sshd log, MaxStartups, AllowUsers, the firewall and the disk",
      cause,
    )
  }
  return problem('SSH_FAILED', `the SSH connection to ${address} failed`, `run ssh -v ${name}, and check the host's sshd log`)
}

/** Whether the other side closed the connection at the start of the handshake, as sshd does beyond MaxStartups. */
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
    message: `${address} did not reach the login within ${seconds} s`,
    cause: firstBytes ? `it sent: ${makePrintable(firstBytes)}` : 'it sent nothing',
    remedy: 'check the address and the firewall; for a slow host, set a longer ConnectTimeout in ssh_config',
  })
}

/** For several addresses Node throws one error that contains all errors. */
function unwrapError(thrown: unknown): RawError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const inner = (error as { errors?: unknown[] }).errors?.[0]
  return inner instanceof Error ? (inner as RawError) : (error as RawError)
}
