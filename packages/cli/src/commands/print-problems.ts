import { isDragonfabError, type Problem, toProblem } from '@dragonfab/core'
import { describeProblem } from '../process/describe-problem.ts'
import { escapeControls } from '../reporter/text.ts'

/** All problems, for people on stderr and, with `json`, as the last event on stdout. Gives the exit status that they ask for. */
export function printProblems(error: unknown, { json, verbose }: { readonly json: boolean; readonly verbose: boolean }): number {
  const known = isDragonfabError(error)
  const problems: readonly Problem[] = known
    ? error.problems
    : [toProblem(error, { code: 'INTERNAL', remedy: 'this should not happen: please report it' })]
  const status = known ? error.status : 1
  process.stderr.write(`${escapeControls(problems.map(describeProblem).join('\n'))}\n`)
  if (!known && verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  if (json)
    process.stdout.write(`${JSON.stringify({ type: 'run:end', time: Date.now(), status, ms: 0, hosts: [], tasks: [], problems })}\n`)
  return status
}
