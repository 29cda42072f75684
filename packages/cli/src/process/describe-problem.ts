import { describeTarget, localTarget, type Problem } from '@dragonfab/core'

/** A problem for a terminal: its place, what is wrong, the last output beneath it, and what to do. */
export function describeProblem(problem: Problem): string {
  // A step that names no host ran on this machine.
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
