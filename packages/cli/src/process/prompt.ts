import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { usageError } from '@dragonfab/core'
import { firstLine } from './first-line.ts'

/** Whether there is a terminal where a person can answer. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

/**
 * Asks a person on stderr, because stdout contains only the output of the run. `hidden`: the answer is not shown while it is typed. Ctrl-C
 * interrupts the run, as it does at any other time.
 */
export function askPerson(question: string, { hidden }: { readonly hidden: boolean }): Promise<string> {
  return new Promise((resolve, reject) => {
    let muted = false
    const output = new Writable({
      write(chunk, _encoding, done) {
        if (!muted) process.stderr.write(chunk)
        done()
      },
    })
    const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 })
    const prompt = `${question.replace(/\s*$/, '')} `
    let over = false
    const end = (settle: () => void): void => {
      if (over) return
      over = true
      lines.close()
      if (hidden) process.stderr.write('\n')
      settle()
    }
    lines.on('SIGINT', () => {
      // The run handles SIGINT first, so that the error below is known to come from an interruption.
      process.once('SIGINT', () => end(() => reject(noAnswerError(question))))
      process.kill(process.pid, 'SIGINT')
    })
    lines.on('close', () => end(() => reject(noAnswerError(question))))
    lines.question(prompt, (answer) => end(() => resolve(answer)))
    // The question has been written. From now on readline writes only what it echoes.
    muted = hidden
  })
}

/** Asks `question [y/N]`. With `yes` it does not ask. */
export async function confirmAction(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true
  if (!canAsk()) return false
  return /^y(es)?$/i.test((await askPerson(`${question} [y/N]`, { hidden: false })).trim())
}

/** Asks the person to type exactly this text. No flag answers in their place. */
export async function confirmTyped(question: string, typed: string): Promise<boolean> {
  if (!canAsk()) return false
  return (await askPerson(`${question} Type ${typed} to go on:`, { hidden: false })).trim() === typed
}

/** Asks for the sudo password. If stdin is not a terminal, reads its first line, as `sudo -S` does. The rest is the input of the command. */
export async function askSudoPassword(): Promise<string> {
  if (canAsk()) return askPerson('sudo password on the hosts:', { hidden: true })
  const line = await firstLine(process.stdin)
  // If stdin is a file, it has no such method.
  const { stdin }: { readonly stdin: { unref?(): void } } = process
  stdin.unref?.()
  if (line !== undefined) return line
  throw usageError({
    code: 'NO_TERMINAL',
    message: '--ask-sudo-password: there is no terminal, and stdin was empty',
    remedy: 'run this at a terminal, or write the password to stdin',
  })
}

function noAnswerError(question: string): Error {
  return usageError({ code: 'NO_ANSWER', message: `no answer to: ${question.trim()}` })
}
