import type { Executor, UploadRequest } from '@dragonfab/core'
import { prefetchHashes } from './folder/content.ts'
import { openShell, type ShellSource, type WaitingShell } from './send/running-script.ts'

/**
 * The part of an upload that changes nothing on a host: hashing the folder and opening a shell. It is done while the run still connects
 * and locks.
 */
export class UploadPrefetch implements ShellSource {
  readonly #signal: AbortSignal
  readonly #shells = new Map<string, Promise<WaitingShell | undefined>>()
  readonly #endHashing: () => void
  #ended = false

  constructor({ from, include, exclude }: UploadRequest, directory: string, signal: AbortSignal) {
    this.#signal = signal
    // Loading the sender takes time too.
    import('./send/upload-by-tar.ts').catch(() => undefined)
    this.#endHashing = prefetchHashes(from, directory, { include, exclude }, signal)
  }

  openShellOn(host: string, executor: Promise<Executor>): void {
    // The upload opens another shell and reports why that fails.
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

  /** Closes the shells that no upload used. */
  end(): void {
    this.#ended = true
    this.#endHashing()
    for (const shell of this.#shells.values()) void shell.then((opened) => opened?.close())
    this.#shells.clear()
  }
}
