import { spawnSync } from 'node:child_process'
import { hide, type Secret, usageError } from '@dragonfab/core'
import { askUndisturbed, lookUpOnce, promptContext } from './prompt-context.ts'

/**
 * What a command of this machine prints, hidden, without the newline at its end: `secret.command('pass show shop/db')`. It runs in a shell, in
 * the config's folder, once for a run, when a run needs it. It may ask at the terminal, and what it says on stderr is shown.
 */
export function command(text: string): Secret {
  const source = `command ${text}`
  return hide(() => lookUpOnce(source, () => askUndisturbed(() => runCommand(text))), text, { source })
}

function runCommand(text: string): string {
  const { stdout, status, signal, error } = spawnSync('sh', ['-c', text], {
    cwd: promptContext().directory,
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'inherit'],
    maxBuffer: 1_000_000,
  })
  const value = stdout?.replace(/\r?\n$/, '') ?? ''
  const ended = signal ? `was ended by ${signal}` : status === 0 ? 'printed nothing' : `ended with status ${status}`
  if (error || status !== 0 || value === '') {
    throw usageError({
      code: 'SECRET_COMMAND',
      message: `the command \`${text}\` should print a secret: ${error?.message ?? `it ${ended}`}`,
      remedy: 'run it by hand where you deploy from',
    })
  }
  return value
}
