import { DragonfabError } from '@dragonfab/core'
import { printable } from '../printable.ts'

/** What is known about an attempt that failed before the host let us in. */
export interface Attempt {
  /** For people: `deploy@web1`. */
  readonly name: string
  /** `127.0.0.1 port 2222`, with how it is reached. */
  readonly place: string
  readonly seconds: number
  /** The first bytes that the other side sent. */
  readonly heard: string
  /** How a ProxyCommand failed. */
  readonly proxy?: string | undefined
  /** Whether a login had begun. */
  readonly loggingIn: boolean
}

type Failure = Error & { code?: string | number; level?: string; reason?: number | string }

const tooMany = /MaxStartups|too many (connections|users)|Not allowed at this time/i

/** sshd 9.8 shuts out who has failed too often (PerSourcePenalties): trying again would only make it longer. */
export function penalised(heard: string): boolean {
  return /Not allowed at this time/.test(heard)
}

/** One clear error for whatever ssh2, the resolver or the kernel said. */
export function failureOf(thrown: unknown, attempt: Attempt): DragonfabError {
  const error = first(thrown)
  const { name, place, heard } = attempt
  const said = printable(error.message)
  const problem = (code: string, message: string, remedy: string, cause = said) =>
    new DragonfabError({ code, host: name, message, remedy, ...(cause ? { cause } : {}) })
  if (heard && !heard.startsWith('SSH-') && !tooMany.test(heard) && !/\nSSH-/.test(heard)) {
    return problem('SSH_NOT_SSH', `${place} does not speak SSH`, 'check the host and the port', `it says: ${printable(heard)}`)
  }
  if (attempt.proxy !== undefined) {
    return problem('SSH_PROXY', `the ProxyCommand to ${place} failed`, 'try it in a shell, as it stands in ssh_config', attempt.proxy)
  }
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NONAME':
    case 'EAI_FAIL':
      return problem('SSH_DNS', `the name of ${place} cannot be resolved`, 'check the host name, the ssh_config and the network')
    case 'ECONNREFUSED':
      return problem('SSH_REFUSED', `nothing accepts connections at ${place}`, 'check the port, and that sshd runs there')
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
    case 'EACCES':
    case 'EPERM':
      return problem('SSH_UNREACHABLE', `there is no way to ${place}`, 'check the address, the network, the VPN and the firewall')
    case 'ETIMEDOUT':
      return timedOut(attempt)
    case 'DFAB_TIMEOUT':
      return timedOut(attempt)
    case 'DFAB_CLOSED':
      return problem('SSH_CLOSED', `the connection to ${place} was given up`, 'run it again')
    default:
  }
  if (error.reason === 1) {
    return problem(
      'SSH_JUMP',
      `the jump host does not forward to ${place}`,
      'allow it there: AllowTcpForwarding, PermitOpen in its sshd_config',
    )
  }
  if (error.reason === 2)
    return problem('SSH_REFUSED', `the jump host cannot reach ${place}`, 'check the host and the port, as seen from there')
  if (/no matching|Unsupported.*algorithm/i.test(error.message)) {
    return problem(
      'SSH_ALGORITHMS',
      `${place} offers no algorithm that is known here`,
      'update the host, or its Ciphers, KexAlgorithms, MACs and HostKeyAlgorithms',
    )
  }
  if (endedEarly(error)) {
    if (attempt.loggingIn) return problem('SSH_ENDED', `${place} closed the connection during the login`, "see the host's sshd log")
    const cause = tooMany.test(heard) ? `it says: ${printable(heard)}` : said
    return problem(
      'SSH_ENDED',
      `${place} closed the connection before anything was agreed`,
      "see the host's sshd log: MaxStartups, AllowUsers, a firewall, or a full disk",
      cause,
    )
  }
  return problem('SSH_FAILED', `the SSH connection to ${place} failed`, `see what ssh -v says about ${name}, and the host's sshd log`)
}

/** Whether the other side hung up before it said anything of importance, as sshd does beyond MaxStartups. */
export function endedEarly(thrown: unknown): boolean {
  const error = first(thrown)
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

function timedOut({ name, place, seconds, heard }: Attempt): DragonfabError {
  return new DragonfabError({
    code: 'SSH_TIMEOUT',
    host: name,
    message: `${place} did not get as far as a login within ${seconds} s`,
    cause: heard ? `it said: ${printable(heard)}` : 'it said nothing',
    remedy: 'check the address and the firewall; a slow host needs a larger ConnectTimeout',
  })
}

/** With several addresses Node gives one error that holds all. */
function first(thrown: unknown): Failure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const inner = (error as { errors?: unknown[] }).errors?.[0]
  return inner instanceof Error ? (inner as Failure) : (error as Failure)
}
