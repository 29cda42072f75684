import type { Executor, UploadRequest } from '@dragonfab/core'
import { prefetchHashes } from './folder/content.ts'
import { openShell, type ShellSource, type WaitingShell } from './send/running-script.ts'

/**
 * What an upload needs and changes nothing: the folder is hashed and the hosts' shells for it are opened while the hosts are connected to and locked,
 * which is time spent waiting.
 */
export class UploadPrefetch implements ShellSource {
  readonly #signal: AbortSignal
  readonly #shells = new Map<string, Promise<WaitingShell | undefined>>()
  readonly #endHashing: () => void
  #ended = false

  constructor({ from, include, exclude }: UploadRequest, directory: string, signal: AbortSignal) {
    this.#signal = signal
    // Loading what sends takes a while, too.
    import('./send/upload-by-tar.ts').catch(() => undefined)
    this.#endHashing = prefetchHashes(from, directory, { include, exclude }, signal)
  }

  openShellOn(host: string, executor: Promise<Executor>): void {
    // Why it could not be opened is told by who opens another one.
    this.#shells.set(
      host,
      executor.then((given) => openShell(given, this.#signal)).catch(() => undefined),
    )
  }

  async takeShell(host: string): Promise<WaitingShell | undefined> {
    const shell = await this.#shells.get(host)
    this.#shells.delete(host)
    return this.#ended || shell?.hasEnded() ? undefined : shell
  }

  /** Closes what was not taken. */
  end(): void {
    this.#ended = true
    this.#endHashing()
    for (const shell of this.#shells.values()) void shell.then((opened) => opened?.close())
    this.#shells.clear()
  }
}
