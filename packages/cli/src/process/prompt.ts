import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { usageError } from '@dragonfab/core'
import { firstLine } from './first-line.ts'

/** Whether there is a terminal at which somebody can answer. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

/**
 * Asks a person, on stderr, so that stdout stays what the run answers. `hidden`: nothing that is typed is shown. Ctrl-C interrupts the run as it
 * does everywhere else.
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
      // The run hears it first, so that what follows is known to be an interruption.
      process.once('SIGINT', () => end(() => reject(noAnswerError(question))))
      process.kill(process.pid, 'SIGINT')
    })
    lines.on('close', () => end(() => reject(noAnswerError(question))))
    lines.question(prompt, (answer) => end(() => resolve(answer)))
    // The question is written by now; what readline echoes comes after it.
    muted = hidden
  })
}

/** `Go on? [y/N]`; `yes` answers for the person. */
export async function confirmAction(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true
  if (!canAsk()) return false
  return /^y(es)?$/i.test((await askPerson(`${question} [y/N]`, { hidden: false })).trim())
}

/** The person types this very text; nothing else answers for them. */
export async function confirmTyped(question: string, typed: string): Promise<boolean> {
  if (!canAsk()) return false
  return (await askPerson(`${question} Type ${typed} to go on:`, { hidden: false })).trim() === typed
}

/** The password of sudo: typed unseen, or the first line of stdin where that is no terminal, as `sudo -S` takes it. The rest is for the command. */
export async function askSudoPassword(): Promise<string> {
  if (canAsk()) return askPerson('Password of sudo on the hosts:', { hidden: true })
  const line = await firstLine(process.stdin)
  // A file has none of this.
  const { stdin }: { readonly stdin: { unref?(): void } } = process
  stdin.unref?.()
  if (line !== undefined) return line
  throw usageError({
    code: 'NO_TERMINAL',
    message: '--ask-sudo-password: nobody can be asked, and nothing came on stdin',
    remedy: 'run it at a terminal, or write the password to its stdin',
  })
}

function noAnswerError(question: string): Error {
  return usageError({ code: 'NO_ANSWER', message: `no answer to: ${question.trim()}` })
}
