import type { Session } from './session/session.ts'

/** The sessions of a host for steps that run as other users than the host's own. */
export class UserSessions {
  readonly #host: {
    readonly open: (user: string) => Promise<Session>
    readonly prepare: (session: Session, user: string) => Promise<void>
  }
  #sessions = new Map<string, Promise<Session>>()

  constructor(host: {
    readonly open: (user: string) => Promise<Session>
    readonly prepare: (session: Session, user: string) => Promise<void>
  }) {
    this.#host = host
  }

  sessionFor(user: string): Promise<Session> {
    const known = this.#sessions.get(user)
    if (known) return known
    const session = this.#open(user)
    this.#sessions.set(user, session)
    return session
  }

  all(): readonly Promise<Session>[] {
    return [...this.#sessions.values()]
  }

  async end(): Promise<void> {
    const sessions = await Promise.allSettled(this.#sessions.values())
    this.forget()
    await Promise.all(sessions.map((each) => each.status === 'fulfilled' && each.value.end()))
  }

  forget(): void {
    this.#sessions = new Map()
  }

  async #open(user: string): Promise<Session> {
    const session = await this.#host.open(user)
    await this.#host.prepare(session, user)
    return session
  }
}

/** Ends sessions. One that is not open yet is closed when it opens. */
export async function endOpenSessions(sessions: readonly Promise<Session>[]): Promise<void> {
  const opened = await Promise.all(sessions.map((each) => Promise.race([each, undefined]).catch(() => undefined)))
  opened.forEach((session, index) => {
    if (!session)
      sessions[index]?.then(
        (late) => late.close(),
        () => undefined,
      )
  })
  await Promise.all(opened.map((session) => session?.end()))
}
