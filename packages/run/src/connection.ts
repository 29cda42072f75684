import { randomBytes } from 'node:crypto'
import { DragonfabError, type Executor, type Fragment, render, type Secret, secretPrefix } from '@dragonfab/core'
import type { PlannedHost } from '@dragonfab/plan'
import { joinLockScript, type LockAnswer, parseLockAnswer, releaseLockScript, takeLockScript } from './lock.ts'
import { type Actor, assignSecrets, buildPrelude } from './prelude.ts'
import { type ScriptEnd, type ScriptEvents, Session } from './session/session.ts'
import { sudoExecutor } from './sudo-executor.ts'

export interface ConnectionOptions {
  /** The host's executor, as its login user; called again when the connection was lost. */
  readonly connect: () => Promise<Executor>
  readonly sudoUser: string | undefined
  readonly sudoPassword: Secret | undefined
  readonly actor: Actor
}

/** One host of a run: its executor, its session, and one session for each further user that steps run as. */
export class Connection {
  readonly name: string
  readonly #options: ConnectionOptions
  #login: Promise<Executor> | undefined
  #session: Promise<Session> | undefined
  #openingFailed = false
  #userSessions = new Map<string, Promise<Session>>()
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

  /** Once, whoever asks first: what prepares a host is not to be done twice. After a failure the next one tries again. */
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

  /** The host's session, opened when first asked for. */
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

  /** Whether the session stands or is being opened: what opens more meanwhile does not make for another try to connect. */
  isOpening(): boolean {
    return this.#session !== undefined && !this.#openingFailed
  }

  /**
   * Opens the session while something else is still being found out. What goes wrong is told to whoever asks for the session; ended by
   * {@link end} before it is open, it is not waited for.
   */
  preconnect(): void {
    this.session().catch(() => undefined)
  }

  /** Sets the run's variables and asks for the lock; the answer comes later, frames may follow at once. */
  async prepare(
    host: PlannedHost,
    run: string,
    secrets: ReadonlyMap<string, Secret>,
    lock: { readonly owner: string; readonly overrideManual: boolean } | undefined,
  ): Promise<{ readonly answer: Promise<LockAnswer> }> {
    this.#prepared = { host, run, secrets }
    const session = await this.session()
    const text = buildPrelude(host, run, this.#options.actor, secrets)
    if (!lock) return { answer: session.evaluate(`${text}\nDF_RUN=`).then(toLockAnswer) }
    let answer: LockAnswer | undefined
    const events: ScriptEvents = {
      onMessage: (words) => {
        answer = parseLockAnswer(words)
      },
    }
    const end = session.evaluate(
      `${text}\nDF_OWNER=${lock.owner}\nDF_ANYWAY=${lock.overrideManual ? 'yes' : 'no'}\n${takeLockScript}`,
      events,
    )
    return { answer: end.then((ended) => answer ?? toLockAnswer(ended)) }
  }

  /** The run's variables, for a shell outside of the session: as `prepare` set them. */
  assignments(): string {
    const prepared = this.#prepared
    return prepared ? buildPrelude(prepared.host, prepared.run, this.#options.actor, prepared.secrets) : ''
  }

  /** The session that runs steps as `user`, or the host's own. */
  async sessionFor(user: string | undefined): Promise<Session> {
    if (user === undefined || user === this.#options.sudoUser) return this.session()
    let other = this.#userSessions.get(user)
    if (!other) {
      other = this.#openUserSession(user)
      this.#userSessions.set(user, other)
    }
    return other
  }

  async #openUserSession(user: string): Promise<Session> {
    const session = await Session.open(await this.executor(user))
    const prepared = this.#prepared
    if (!prepared) return session
    const state = prepared.host.stateDir.startsWith('~/') ? await this.#readStateDir() : undefined
    const ready = await session.evaluate(
      `${buildPrelude(prepared.host, prepared.run, this.#options.actor, prepared.secrets, state)}\n${joinLockScript}`,
    )
    if (ready.status === undefined)
      throw new DragonfabError({
        code: 'SUDO_REFUSED',
        host: this.name,
        message: `steps cannot run as ${user}`,
        cause: ready.lost,
        remedy: `allow it in sudoers (NOPASSWD), or give the password: --ask-sudo-password`,
      })
    return session
  }

  /** `~/` of the host's own user, as a path that other users can follow. */
  async #readStateDir(): Promise<string> {
    return (await (await this.session()).capture('printf %s "$DF_STATE"')).stdout
  }

  /** Gives the lock up and keeps the session. */
  async unlock(): Promise<void> {
    await (await this.session()).evaluate('[ "$DF_LOCKED" != yes ] || { : >"$DF_STATE/lock"; exec 9>&-; DF_LOCKED=no; }')
  }

  /**
   * Gives the lock up while something of this run still goes on here; `prepare` takes it again. Other users' sessions take part in the
   * lock, so they end.
   */
  async releaseDuringCommand(): Promise<void> {
    const others = await Promise.allSettled(this.#userSessions.values())
    this.#userSessions = new Map()
    await Promise.all(others.map((each) => each.status === 'fulfilled' && each.value.end()))
    await (await this.session()).evaluate(releaseLockScript)
  }

  /**
   * Fills the input of the next attached command: a named pipe (`DF_INPUT`), that a channel of its own writes to. What is not read is
   * thrown away when the command has ended.
   */
  async feedInput(input: InputSource): Promise<{ end(): Promise<void> }> {
    const pipeDir = `/tmp/dragonfab-${randomBytes(12).toString('hex')}`
    const pipe = await (await this.session()).evaluate(
      `DF_INPUT= && mkdir -m 700 ${pipeDir} && : >${pipeDir}/wait && mkfifo -m 600 ${pipeDir}/in && DF_INPUT=${pipeDir}/in`,
    )
    if (pipe.status !== 0)
      throw new DragonfabError({ code: 'NO_INPUT', host: this.name, message: "no pipe can be made in /tmp for the command's input" })
    const command = await (await this.executor()).open(['sh', '-c', fillScript])
    void (async () => {
      await command.write(`${pipeDir}\n`)
      for await (const chunk of input.read()) await command.write(chunk)
      command.end()
    })().catch(() => undefined)
    return {
      end: async () => {
        input.close()
        command.close()
        await (await this.session()).evaluate(`rm -rf -- ${pipeDir}; DF_INPUT=`)
      },
    }
  }

  /** All sessions that stand. */
  async openSessions(): Promise<readonly Session[]> {
    const all = await Promise.allSettled([...(this.#session ? [this.#session] : []), ...this.#userSessions.values()])
    return all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  }

  /** Ends what runs there now; the sessions stay. */
  async stop(): Promise<void> {
    await Promise.all((await this.openSessions()).map((session) => session.stop()))
  }

  /** Forgets a lost connection, so that the next use connects anew. */
  async reset(): Promise<void> {
    for (const session of await this.openSessions()) session.close()
    await this.#login?.then((login) => login.close()).catch(() => undefined)
    this.#login = undefined
    this.#session = undefined
    this.#userSessions = new Map()
  }

  /** Between two attempts of a run: gives the lock up and ends the sessions of other users, which know the first attempt's variables. */
  async pause(): Promise<void> {
    const others = await Promise.allSettled(this.#userSessions.values())
    this.#userSessions = new Map()
    await Promise.all(others.map((each) => each.status === 'fulfilled' && each.value.end()))
    if ((await this.openSessions()).length) await this.unlock()
  }

  /** Ends the sessions that stand. One that is still being opened was asked nothing yet: it is not waited for, and closed should it open. */
  async end(): Promise<void> {
    const all = [...(this.#session ? [this.#session] : []), ...this.#userSessions.values()]
    const opened = await Promise.all(all.map((each) => Promise.race([each, undefined]).catch(() => undefined)))
    opened.forEach((session, index) => {
      if (!session)
        all[index]?.then(
          (late) => late.close(),
          () => undefined,
        )
    })
    await Promise.all(opened.map((session) => session?.end()))
  }

  /** At once: what runs there is ended by the session's own loop. */
  async close(): Promise<void> {
    for (const session of await this.openSessions()) session.close()
  }

  /** Runs shell text in a channel of its own, for code steps. The text and its secrets travel on stdin. */
  async capture(text: Fragment, signal: AbortSignal): Promise<string> {
    const secrets = new Map<string, Secret>()
    const script = render(text, (secret) => {
      const name = `${secretPrefix}${secrets.size + 1}`
      secrets.set(name, secret)
      return `"$${name}"`
    })
    const out = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    const command = await (await this.executor()).open(['sh', '-c', 'eval "$(cat)" </dev/null'], {
      signal,
      onOutput: (stream, chunk) => void out[stream].push(Buffer.from(chunk)),
    })
    await command.write(`${assignSecrets(secrets)}\n${script}\n`)
    command.end()
    const end = await command.done
    const error = Buffer.concat(out.stderr).toString()
    if (end.status !== 0) {
      throw new DragonfabError({
        code: 'COMMAND_FAILED',
        host: this.name,
        message: end.status === undefined ? 'a command was lost' : `a command ended with status ${end.status}`,
        cause: error || end.lost,
      })
    }
    return Buffer.concat(out.stdout).toString()
  }
}

/** What is piped into this program. */
export interface InputSource {
  read(): AsyncIterable<Uint8Array>
  /** Nobody reads any more. */
  close(): void
}

/**
 * Copies its input into the pipe whose folder its first line names. It opens the pipe both ways, so as not to wait, and holds it so
 * until the reader has come and removed the file `wait` beside it; should the reader never come, it gives up. The folder goes last: a reader
 * that took it away could do so between the two openings, and would then read nothing.
 */
const fillScript = [
  'IFS= read -r d && [ -p "$d/in" ] || exit',
  'exec 3<>"$d/in" 4>"$d/in"',
  'i=0',
  'while [ -e "$d/wait" ] && [ "$i" -lt 300 ]; do i=$((i + 1)); sleep 0.1; done',
  'rm -rf -- "$d"',
  'exec 3<&-',
  'exec cat >&4',
].join('; ')

function toLockAnswer(end: ScriptEnd): LockAnswer {
  return end.status === undefined ? { kind: 'failed', cause: end.lost } : { kind: 'locked' }
}
