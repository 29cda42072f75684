import { randomBytes } from 'node:crypto'
import { DragonfabError, type Executor } from '@dragonfab/core'
import type { Session } from './session/session.ts'

/** The input that is piped into this program. */
export interface InputSource {
  read(): AsyncIterable<Uint8Array>
  /** Called when the command has ended, so that nobody reads any more. */
  close(): void
}

/**
 * Copies its input into the pipe in the folder that its first line names. It opens the pipe for reading and writing, so that it need not wait
 * for a reader, and keeps it open until the reader has removed the file `wait` beside it. If no reader comes, it gives up. It removes the
 * folder itself: the reader might do so between the two calls of open, and would then read nothing.
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

/**
 * Feeds the input of the session's next command with `stdio`: a named pipe (`INPUT`) that another channel writes to. Input that the command
 * has not read when it ends is discarded.
 */
export async function feedInput(session: Session, executor: Executor, host: string, input: InputSource): Promise<{ end(): Promise<void> }> {
  const pipeDir = `/tmp/dragonfab-${randomBytes(12).toString('hex')}`
  const pipe = await session.evaluate(
    `DF_INPUT= && mkdir -m 700 ${pipeDir} && : >${pipeDir}/wait && mkfifo -m 600 ${pipeDir}/in && DF_INPUT=${pipeDir}/in`,
  )
  if (pipe.status !== 0)
    throw new DragonfabError({ code: 'NO_INPUT', host, message: "cannot create a pipe in /tmp for the command's input" })
  const command = await executor.open(['sh', '-c', fillScript])
  void (async () => {
    await command.write(`${pipeDir}\n`)
    for await (const chunk of input.read()) await command.write(chunk)
    command.end()
  })().catch(() => undefined)
  return {
    end: async () => {
      input.close()
      command.close()
      await session.evaluate(`rm -rf -- ${pipeDir}; DF_INPUT=`)
    },
  }
}
