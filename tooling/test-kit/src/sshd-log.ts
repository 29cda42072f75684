/** One line of interest in the log of an sshd at `LogLevel VERBOSE`. */
export type SshdEvent =
  | { readonly kind: 'accepted'; readonly user: string; readonly peerPort: number; readonly method: string }
  | { readonly kind: 'session'; readonly what: 'command' | 'shell' | 'subsystem'; readonly user: string; readonly peerPort: number }
  | { readonly kind: 'attempt'; readonly line: string }

const accepted = /Accepted (\S+) for (\S+) from \S+ port (\d+)/
const session = /Starting session: (command|shell|subsystem)\b.* for (\S+) from \S+ port (\d+)/
// Before a client has sent a user name, sshd has no user to name: such lines are no attempt to authenticate.
const attempt = /(Failed|Postponed) \S+ for |authenticating user|[Ii]nvalid user/

/**
 * What an sshd's own log tells: every login (one a connection), every session that was started on one, and every
 * attempt to authenticate that did not succeed.
 */
export function parseSshdLog(log: string): SshdEvent[] {
  return log.split('\n').flatMap((line): SshdEvent[] => {
    const login = accepted.exec(line)
    if (login) return [{ kind: 'accepted', method: login[1] ?? '', user: login[2] ?? '', peerPort: Number(login[3]) }]
    const start = session.exec(line)
    if (start)
      return [{ kind: 'session', what: start[1] as 'command' | 'shell' | 'subsystem', user: start[2] ?? '', peerPort: Number(start[3]) }]
    return attempt.test(line) ? [{ kind: 'attempt', line }] : []
  })
}
