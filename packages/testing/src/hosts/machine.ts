import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answers, Call } from '../commands/answers.ts'
import { buildRefusalShim, buildShim, buildSudoShim, guardedPrograms, readCalls } from '../commands/shim.ts'

/** A folder of this machine that serves as another machine. Hosts with the same address share it. */
export class TestMachine {
  /** The folder that serves as `/`. */
  readonly root: string
  readonly home: string
  readonly #programs: string
  readonly #user: string

  constructor(folder: string, user: string, commands: Readonly<Record<string, Answers>>, sh: string | undefined) {
    this.root = join(folder, 'root')
    this.home = join(this.root, 'home', user)
    this.#programs = join(folder, 'programs')
    this.#user = user
    for (const each of [this.home, join(this.root, 'tmp'), join(this.#programs, 'bin')]) mkdirSync(each, { recursive: true })
    for (const name of guardedPrograms) this.#program(name, buildRefusalShim(name, this.#programs))
    this.#program('sudo', buildSudoShim(this.#programs))
    for (const [name, answers] of Object.entries(commands)) this.answer(name, answers)
    if (sh !== undefined) symlinkSync(sh, join(this.#programs, 'bin/sh'))
  }

  /** The whole environment of a session there: it has nothing of the test's own environment. */
  get environment(): Readonly<Record<string, string>> {
    return {
      HOME: this.home,
      USER: this.#user,
      LOGNAME: this.#user,
      SHELL: '/bin/sh',
      TMPDIR: join(this.root, 'tmp'),
      PATH: `${join(this.#programs, 'bin')}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    }
  }

  /** A path of the host on this machine. */
  localPath(path: string): string {
    return path === this.root || path.startsWith(`${this.root}/`) ? path : join(this.root, path)
  }

  /** Replaces paths of this machine by paths of the host. */
  toHostPaths(text: string): string {
    return text.replaceAll(`${this.root}/`, '/').replaceAll(this.root, '/')
  }

  answer(name: string, answers: Answers): void {
    this.#program(name, buildShim(name, answers, this.#programs))
  }

  calls(): readonly Call[] {
    const file = join(this.#programs, 'calls')
    if (!existsSync(file)) return []
    const toHostCall = ({ command, args, cwd }: Call): Call => ({
      command,
      args: args.map((arg) => this.toHostPaths(arg)),
      cwd: this.toHostPaths(cwd),
    })
    return readCalls(readFileSync(file, 'utf8')).map(toHostCall)
  }

  #program(name: string, text: string): void {
    const file = join(this.#programs, 'bin', name)
    // A new file, so that a program that is running now is not changed.
    rmSync(file, { force: true })
    writeFileSync(file, text)
    chmodSync(file, 0o755)
  }
}
