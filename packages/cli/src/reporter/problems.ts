import { describeTarget, isDragonfabError, localTarget, type Problem, toProblem } from '@dragonfab/core'
import { formatRefusal } from './json.ts'
import { escapeControls } from './text.ts'

/** A problem as text: its place, what is wrong, its cause (for a step, the last output) and the remedy. */
export function describeProblem(problem: Problem): string {
  // If the problem of a step names no host, the step ran on this machine.
  const place = [problem.host ?? (problem.step && describeTarget(localTarget)), problem.step].filter(Boolean).join(' › ')
  const head = `${place ? `${place}: ` : ''}${problem.message} [${problem.code}]`
  return [head, problem.cause && indent(problem.cause), problem.remedy && `  → ${problem.remedy}`].filter(Boolean).join('\n')
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  │ ${line}`)
    .join('\n')
}

/** Prints all problems for people on stderr and, with `json`, as the last event on stdout. Returns the exit status. */
export function printProblems(error: unknown, { json, verbose }: { readonly json: boolean; readonly verbose: boolean }): number {
  const known = isDragonfabError(error)
  const problems: readonly Problem[] = known
    ? error.problems
    : [toProblem(error, { code: 'INTERNAL', remedy: 'this is a fault in Dragonfab: please report it' })]
  const status = known ? error.status : 1
  process.stderr.write(`${escapeControls(problems.map(describeProblem).join('\n'))}\n`)
  if (!known && verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  if (json) process.stdout.write(formatRefusal(problems, status, Date.now()))
  return status
}
