import { randomBytes } from 'node:crypto'
import { DragonfabError, type Executor } from '@dragonfab/core'
import type { Session } from './session/session.ts'

/** What is piped into this program. */
export interface InputSource {
  read(): AsyncIterable<Uint8Array>
  /** The command has ended, so nobody reads any more. */
  close(): void
}

/**
 * Copies its input into the pipe whose folder its first line names. It opens the pipe both ways, so that it need not wait, and keeps
 * both open until the reader has come and removed the file `wait` beside it; if no reader comes, it gives up. The folder is removed
 * last: if the reader removed it, that could happen between the two openings, and it would read nothing.
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
 * Fills the input of the next attached command of a session: a named pipe (`INPUT`) that another channel writes to. What the command
 * has not read when it ends is thrown away.
 */
export async function feedInput(session: Session, executor: Executor, host: string, input: InputSource): Promise<{ end(): Promise<void> }> {
  const pipeDir = `/tmp/dragonfab-${randomBytes(12).toString('hex')}`
  const pipe = await session.evaluate(
    `DF_INPUT= && mkdir -m 700 ${pipeDir} && : >${pipeDir}/wait && mkfifo -m 600 ${pipeDir}/in && DF_INPUT=${pipeDir}/in`,
  )
  if (pipe.status !== 0)
    throw new DragonfabError({ code: 'NO_INPUT', host, message: "no pipe can be made in /tmp for the command's input" })
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
