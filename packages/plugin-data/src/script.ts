import type { Executor, Fragment } from '@dragonfab/core'
import { type HostScriptEnd, startScript } from '@dragonfab/upload'

/**
 * Runs a script with these lines as its input, and returns its output. Not by `collect` of core, which handles text: names of files are bytes that need
 * not be UTF-8, and a million of them are written piece by piece.
 */
export async function collectOutput(
  executor: Executor,
  text: Fragment,
  signal: AbortSignal,
  lines: readonly string[] = [],
): Promise<HostScriptEnd & { readonly out: Buffer }> {
  const out: Buffer[] = []
  const script = await startScript(executor, text, { signal, onOutput: (chunk) => void out.push(Buffer.from(chunk)) })
  await writeLines(script, lines)
  script.end()
  return { ...(await script.done), out: Buffer.concat(out) }
}

/** Writes paths, one per line, in pieces, so that little memory is used. */
export async function writeLines(
  script: { write(data: Uint8Array): Promise<boolean> },
  lines: readonly string[],
  each = 1_000,
): Promise<void> {
  for (let index = 0; index < lines.length; index += each) {
    const text = lines.slice(index, index + each).map((line) => `${line}\n`)
    if (!(await script.write(Buffer.from(text.join(''), 'latin1')))) return
  }
}
