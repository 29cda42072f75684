import { setTimeout as sleep } from 'node:timers/promises'
import { type CodeContext, type CodeStep, code, DragonfabError, sh } from '@dragonfab/core'
import { startScript } from '@dragonfab/upload'
import { type DebEnv, rootStepOptions } from '../env.ts'
import { failures } from './exit-statuses.ts'
import { debconfProgram } from './program.ts'
import { type DebconfAnswer, readAnswers } from './read-answers.ts'

/** Gives debconf the answers. `check` only tests whether it accepts them. */
export function seedAnswers(env: DebEnv, file: string, mode: 'check' | 'set'): CodeStep {
  const { packageName, folder, wait } = env.deb
  const title = mode === 'check' ? `check the answers of ${file}` : `give debconf the answers of ${file}`
  return code({ name: `debconf.${mode}`, title, args: { packageName, folder, file }, ...rootStepOptions(env) }, async (context) => {
    const answers = readAnswers(context.directory, file)
    const until = Date.now() + wait * 1000
    for (let isReported = false; ; isReported = true) {
      const { status, said } = await sendAnswers(answers, { packageName, folder, mode }, context)
      if (status === 0) return context.log(`${answers.length} ${answers.length === 1 ? 'answer' : 'answers'}`)
      if (!/is locked by another process/.test(said) || Date.now() > until) throw createDebconfError(context.host, status, said)
      if (!isReported) context.log(`waiting for debconf, ${wait} s at most: ${said}`)
      await sleep(1000, undefined, { signal: context.signal })
    }
  })
}

async function sendAnswers(
  answers: readonly DebconfAnswer[],
  { packageName, folder, mode }: { readonly packageName: string; readonly folder: string; readonly mode: string },
  { executor, signal }: CodeContext,
): Promise<{ readonly status: number | undefined; readonly said: string }> {
  const text = sh`
    set -eu
    export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes
    { read -r version; read -r file; } <${`${folder}/next`}
    templates=$(mktemp)
    trap 'rm -f -- "$templates"' EXIT
    trap 'exit 1' HUP INT TERM
    dpkg-deb -I "$file" templates >"$templates" 2>/dev/null || :
    perl -e ${debconfProgram} ${mode} ${packageName} "$templates"
  `
  const script = await startScript(executor, text, { signal })
  for (const { question, owner, type, value } of answers)
    await script.write(`${question} ${owner ?? packageName} ${type ?? '-'} ${Buffer.from(value).toString('hex')}\n`)
  await script.write(`end ${answers.length}\n`)
  script.end()
  const { status, said, lost } = await script.done
  return { status, said: said || lost || '' }
}

function createDebconfError(host: string, status: number | undefined, said: string): DragonfabError {
  const locked = /is locked by another process/.test(said)
  return new DragonfabError({
    code: locked ? 'DEB_LOCKED' : 'DEBCONF_FAILED',
    message: locked ? 'debconf is in use' : 'the answers could not be given to debconf',
    ...failures[status ?? -1],
    host,
    cause: said || `status ${status ?? 'none'}`,
  })
}
