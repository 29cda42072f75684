import { spawnSync } from 'node:child_process'
import { hide, type Secret, usageError } from '@dragonfab/core'
import { canAsk } from '../process/prompt.ts'
import { askUndisturbed, lookUpOnce } from './prompt-context.ts'

/**
 * What a person types unseen, asked once for a run, when a run needs it and before anything is changed. Where nobody can be asked the run
 * ends with status 2.
 */
export function prompt(question: string): Secret {
  const source = `prompt ${question}`
  return hide(() => lookUpOnce(source, () => askUndisturbed(() => askPerson(question))), question, { source, interactive: true })
}

// A secret is looked up in the middle of building a text, which cannot wait, so another process asks. Ctrl-C reaches both. The echo goes before the
// question is shown: who answers at once, as expect(1) does, must not be seen either.
const script = `was=$(stty -g) || exit
trap 'stty "$was"; echo >&2; exit 130' INT TERM HUP
stty -echo
printf '%s ' "$1" >&2
IFS= read -r answer
stty "$was"
echo >&2
printf %s "$answer"`

function askPerson(question: string): string {
  if (!canAsk()) {
    throw usageError({
      code: 'NO_TERMINAL',
      message: `the secret “${question}” is typed by a person, and nobody can be asked here`,
      remedy: 'run it at a terminal, or take it from secret.env, secret.file or secret.command',
    })
  }
  const { stdout, status } = spawnSync('sh', ['-c', script, 'sh', question], { encoding: 'utf8', stdio: ['inherit', 'pipe', 'inherit'] })
  if (status !== 0 || stdout === '') throw usageError({ code: 'NO_ANSWER', message: `no answer to: ${question}` })
  return stdout
}
