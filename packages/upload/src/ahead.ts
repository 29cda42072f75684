import type { Executor, UploadRequest } from '@dragonfab/core'
import { lookAhead } from './folder/content.ts'
import { openShell, type ShellSource, type WaitingShell } from './send/script.ts'

/**
 * What an upload needs and changes nothing: the folder is hashed and the hosts' shells for it are opened while the hosts are connected to and locked,
 * which is time spent waiting.
 */
export class UploadAhead implements ShellSource {
  readonly #signal: AbortSignal
  readonly #shells = new Map<string, Promise<WaitingShell | undefined>>()
  readonly #looked: () => void
  #over = false

  constructor({ from, include, exclude }: UploadRequest, directory: string, signal: AbortSignal) {
    this.#signal = signal
    // Loading what sends takes a while, too.
    import('./send/tar.ts').catch(() => undefined)
    this.#looked = lookAhead(from, directory, { include, exclude }, signal)
  }

  open(host: string, executor: Promise<Executor>): void {
    // Why it could not be opened is told by who opens another one.
    this.#shells.set(
      host,
      executor.then((given) => openShell(given, this.#signal)).catch(() => undefined),
    )
  }

  async take(host: string): Promise<WaitingShell | undefined> {
    const shell = await this.#shells.get(host)
    this.#shells.delete(host)
    return this.#over || shell?.over() ? undefined : shell
  }

  /** Closes what was not taken. */
  end(): void {
    this.#over = true
    this.#looked()
    for (const shell of this.#shells.values()) void shell.then((opened) => opened?.close())
    this.#shells.clear()
  }
}
