import { collect, DragonfabError, type Executor, type Fragment, type Secret, withSecrets } from '@dragonfab/core'
import type { PlannedHost } from '@dragonfab/plan'
import { feedInput, type InputSource } from './input-pipe.ts'
import { type LockAnswer, releaseLockScript } from './lock.ts'
import { type Actor, addHoles, buildPrelude } from './prelude.ts'
import { Session } from './session/session.ts'
import { askForLock, joinRun, type LockRequest, setVariables } from './session-setup.ts'
import { sudoExecutor } from './sudo-executor.ts'
import { endOpenSessions, UserSessions } from './user-sessions.ts'

export interface ConnectionOptions {
  /** Connects to the host as its login user. Called again after the connection was lost. */
  readonly connect: () => Promise<Executor>
  readonly sudoUser: string | undefined
  readonly sudoPassword: Secret | undefined
  readonly actor: Actor
}

/** One host of a run: its executor, its session, and a session for each other user that steps run as. */
export class Connection {
  readonly name: string
  readonly #options: ConnectionOptions
  #login: Promise<Executor> | undefined
  #session: Promise<Session> | undefined
  #openingFailed = false
  readonly #userSessions = new UserSessions({
    open: async (user) => Session.open(await this.executor(user)),
    prepare: (session, user) => this.#prepareUserSession(session, user),
  })
  #prepared: { readonly host: PlannedHost; readonly run: string; readonly secrets: ReadonlyMap<string, Secret> } | undefined

  constructor(name: string, options: ConnectionOptions) {
    this.name = name
    this.#options = options
  }

  /** The executor as the host's user. */
  async executor(user?: string): Promise<Executor> {
    const login = await this.#connect()
    const as = user ?? this.#options.sudoUser
    return as === undefined ? login : sudoExecutor(login, as, this.#options.sudoPassword)
  }

  /** Connects only once, because preparing a host must not be done twice. After a failure the next call tries again. */
  #connect(): Promise<Executor> {
    if (!this.#login) {
      const login = this.#options.connect()
      this.#login = login
      login.catch(() => {
        if (this.#login === login) this.#login = undefined
      })
    }
    return this.#login
  }

  /** The host's session. The first call opens it. */
  session(): Promise<Session> {
    if (!this.#session) {
      this.#openingFailed = false
      this.#session = this.executor().then((executor) => Session.open(executor))
      this.#session.catch(() => {
        this.#openingFailed = true
      })
    }
    return this.#session
  }

  /** Whether the session is open or being opened. Another channel then does not cause a second attempt to connect. */
  isOpening(): boolean {
    return this.#session !== undefined && !this.#openingFailed
  }

  /**
   * Opens the session while the caller does something else. A failure is reported to the next caller of {@link session}.
   * {@link end} does not wait for a session that is not open yet.
   */
  preconnect(): void {
    this.session().catch(() => undefined)
  }

  /** Sets the run's variables and asks for the lock. Scripts may be sent before the answer arrives. */
  async prepare(
    host: PlannedHost,
    run: string,
    secrets: ReadonlyMap<string, Secret>,
    lock: LockRequest | undefined,
  ): Promise<{ readonly answer: Promise<LockAnswer> }> {
    this.#prepared = { host, run, secrets }
    const session = await this.session()
    const text = buildPrelude(host, run, this.#options.actor, secrets)
    return { answer: lock ? askForLock(session, text, lock) : setVariables(session, text) }
  }

  /** The run's variables as `prepare` set them, for a shell outside the session. */
  assignments(): string {
    const prepared = this.#prepared
    return prepared ? buildPrelude(prepared.host, prepared.run, this.#options.actor, prepared.secrets) : ''
  }

  /** The session that runs steps as `user`, or the host's own. */
  async sessionFor(user: string | undefined): Promise<Session> {
    if (user === undefined || user === this.#options.sudoUser) return this.session()
    return this.#userSessions.sessionFor(user)
  }

  async #prepareUserSession(session: Session, user: string): Promise<void> {
    const prepared = this.#prepared
    if (!prepared) return
    // `~/` is the home of the host's own user, so another user needs the absolute path.
    const isInHome = prepared.host.stateDir.startsWith('~/')
    const stateDir = isInHome ? (await (await this.session()).capture('printf %s "$DF_STATE"')).stdout : undefined
    const prelude = buildPrelude(prepared.host, prepared.run, this.#options.actor, prepared.secrets, stateDir)
    await joinRun(session, prelude, { host: this.name, user })
  }

  /** Releases the lock and keeps the session. */
  async unlock(): Promise<void> {
    await (await this.session()).evaluate('[ "$DF_LOCKED" != yes ] || { : >"$DF_STATE/lock"; exec 9>&-; DF_LOCKED=no; }')
  }

  /**
   * Releases the lock while a command of this run is still running on the host. `prepare` takes it again. Sessions of other users share the
   * lock, so they are ended.
   */
  async releaseDuringCommand(): Promise<void> {
    await this.#userSessions.end()
    await (await this.session()).evaluate(releaseLockScript)
  }

  /** Feeds the input to the next command that uses this program's streams. */
  async feedInput(input: InputSource): Promise<{ end(): Promise<void> }> {
    return feedInput(await this.session(), await this.executor(), this.name, input)
  }

  /** All sessions that are open. */
  async openSessions(): Promise<readonly Session[]> {
    const all = await Promise.allSettled([...(this.#session ? [this.#session] : []), ...this.#userSessions.all()])
    return all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  }

  /** Ends everything that is running on the host and keeps the sessions. */
  async stop(): Promise<void> {
    await Promise.all((await this.openSessions()).map((session) => session.stop()))
  }

  /** Forgets a lost connection, so that the next use connects again. */
  async reset(): Promise<void> {
    for (const session of await this.openSessions()) session.close()
    await this.#login?.then((login) => login.close()).catch(() => undefined)
    this.#login = undefined
    this.#session = undefined
    this.#userSessions.forget()
  }

  /** Between two attempts of a run: releases the lock and ends the sessions of other users, which have the first attempt's variables. */
  async pause(): Promise<void> {
    await this.#userSessions.end()
    if ((await this.openSessions()).length) await this.unlock()
  }

  /** Ends the open sessions. One that is still being opened has been sent nothing: it is not waited for, and closed if it opens. */
  async end(): Promise<void> {
    await endOpenSessions([...(this.#session ? [this.#session] : []), ...this.#userSessions.all()])
  }

  /** Closes the sessions at once. Each session's loop then ends everything that is running. */
  async close(): Promise<void> {
    for (const session of await this.openSessions()) session.close()
  }

  /** Runs shell text in a separate channel, for code steps. The text and its secrets are sent on stdin. */
  async capture(text: Fragment, signal: AbortSignal): Promise<string> {
    const { text: script, assignments } = withSecrets(text)
    const executor = await this.executor()
    const stdin = `${addHoles(assignments)}\n${script}\n`
    const end = await collect(executor, ['sh', '-c', 'eval "$(cat)" </dev/null'], { signal, stdin })
    if (end.status !== 0) {
      throw new DragonfabError({
        code: 'COMMAND_FAILED',
        host: this.name,
        message:
          end.status === undefined ? 'the connection was lost while a command was running' : `a command ended with status ${end.status}`,
        cause: end.stderr || end.lost,
      })
    }
    return end.stdout
  }
}
