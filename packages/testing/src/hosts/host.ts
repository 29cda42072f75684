import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import type { HostEnv, RunHost } from '@dragonfab/plan'
import type { Answers, Call } from '../commands/answers.ts'
import type { TestMachine } from './machine.ts'

/** A host of a test, with its own folder, home and programs. */
export class TestHost {
  readonly name: string
  readonly role: string | undefined
  /** Its name in plans and runs: its own, or a common one if roles share machine and path (`job1/worker+cron`). */
  readonly target: string
  /** The folder of this machine that is the host's `/`. */
  readonly root: string
  /** Its variables as hooks get them before facts are known. Paths are those of this machine. */
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

  /** The path on this machine for a path of the host. A relative one begins in the application's `path`: `localPath('current/index.html')`. */
  localPath(path: string): string {
    return posix.isAbsolute(path) ? this.#machine.localPath(path) : join(this.env.path, path)
  }

  /** Reads a file. Throws if it does not exist. */
  read(path: string): string {
    return readFileSync(this.localPath(path), 'utf8')
  }

  exists(path: string): boolean {
    return existsSync(this.localPath(path))
  }

  /** The names in a folder, sorted. Empty if the folder does not exist. */
  list(path: string): readonly string[] {
    return existsSync(this.localPath(path)) ? readdirSync(this.localPath(path)).sort() : []
  }

  /** Writes a file and makes its folders: `write('shared/.env', 'A=1')`. */
  write(path: string, text: string, mode = 0o644): void {
    const file = this.localPath(path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    chmodSync(file, mode)
  }

  remove(path: string): void {
    rmSync(this.localPath(path), { recursive: true, force: true })
  }

  /** The live release's id, if @dragonfab/plugin-release made one. */
  get release(): string | undefined {
    try {
      return basename(readlinkSync(this.localPath('current')))
    } catch {
      return undefined
    }
  }

  /** The ids of all releases on the host, oldest first. */
  get releases(): readonly string[] {
    return this.list('releases')
  }

  /** Sets the answers of a program from now on. */
  answer(command: string, answers: Answers): void {
    this.#machine.answer(command, answers)
  }

  /** The calls of programs that have answers (and of sudo), in order: of one program, or of all. */
  calls(command?: string): readonly Call[] {
    return this.#machine.calls().filter((call) => command === undefined || call.command === command)
  }
}
