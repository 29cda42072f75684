import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import type { HostEnv, RunHost } from '@dragonfab/plan'
import type { Answers, Call } from '../commands/answers.ts'
import type { TestMachine } from './machine.ts'

/** A host of a test: a folder, a home and programs of its own. */
export class TestHost {
  readonly name: string
  readonly role: string | undefined
  /** Under which name plans and runs have it: its own, or, where roles share machine and path, one for all (`job1/worker+cron`). */
  readonly target: string
  /** The folder of this machine that stands for the host's `/`. */
  readonly root: string
  /** Its variables, as hooks get them before facts are known; paths are those of this machine. */
  readonly env: HostEnv
  readonly #machine: TestMachine

  constructor(host: RunHost, machine: TestMachine) {
    this.name = host.name
    this.role = host.role
    this.target = host.target
    this.root = machine.root
    this.env = host.env()
    this.#machine = machine
  }

  /** A path of this machine for one of the host. A relative one begins in the application's `path`: `at('current/index.html')`. */
  localPath(path: string): string {
    return posix.isAbsolute(path) ? this.#machine.localPath(path) : join(this.env.path, path)
  }

  /** A file's text. Throws when it is not there. */
  read(path: string): string {
    return readFileSync(this.localPath(path), 'utf8')
  }

  exists(path: string): boolean {
    return existsSync(this.localPath(path))
  }

  /** The names in a folder, sorted; none where there is no such folder. */
  list(path: string): readonly string[] {
    return existsSync(this.localPath(path)) ? readdirSync(this.localPath(path)).sort() : []
  }

  /** Puts a file there, with the folders that lead to it: `write('shared/.env', 'A=1')`. */
  write(path: string, text: string, mode = 0o644): void {
    const file = this.localPath(path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    chmodSync(file, mode)
  }

  remove(path: string): void {
    rmSync(this.localPath(path), { recursive: true, force: true })
  }

  /** The live release's id, where @dragonfab/plugin-release has made one. */
  get release(): string | undefined {
    try {
      return basename(readlinkSync(this.localPath('current')))
    } catch {
      return undefined
    }
  }

  /** The ids of all releases that lie there, oldest first. */
  get releases(): readonly string[] {
    return this.list('releases')
  }

  /** From now on the program answers so: see {@link Answers}. */
  answer(command: string, answers: Answers): void {
    this.#machine.answer(command, answers)
  }

  /** The calls of programs that have answers (and of sudo), in order; of one program alone where it is named. */
  calls(command?: string): readonly Call[] {
    return this.#machine.calls().filter((call) => command === undefined || call.command === command)
  }
}
