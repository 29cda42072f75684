import type { Stdio } from '@dragonfab/core'
import { chooseReporter } from '../reporter/choose.ts'
import { groupByHost } from '../reporter/group-by-host.ts'
import { historyReporter } from '../reporter/history.ts'
import { PlainReporter } from '../reporter/plain.ts'
import type { Reporter } from '../reporter/reporter.ts'
import { createStdioReporter } from '../reporter/stdio-reporter.ts'
import { paintPlain } from '../reporter/text.ts'
import type { CommandContext } from './context.ts'

/** Chooses how to display a run: by its tasks, its options, and where its output goes. */
export function createRunReporter(context: CommandContext): Reporter {
  const { invocation, project, streams } = context
  const { json, quiet, verbose } = invocation.options
  const names = invocation.tasks.map((task) => task.name)
  const isQuick = (name: string): boolean => {
    const spec = project.tasks[name]?.spec
    return spec?.readOnly ?? (spec?.stdio !== undefined && !invocation.tasks.some(({ args }) => spec.wrap?.(args)))
  }
  const isReadOnly = (name: string): boolean => name !== 'check' && (project.flows[name]?.flow.readOnly ?? isQuick(name))
  const isAnswer = (name: string): boolean => isReadOnly(name) || (name in project.tasks && !(name in project.flows))
  const options = {
    quiet,
    verbose,
    now: Date.now,
    readOnlyTasks: new Set(names.filter(isReadOnly)),
    answeringTasks: new Set(names.filter(isAnswer)),
    onlyAnswers: names.length > 0 && names.every(isAnswer),
  }
  const choose = (): Reporter => chooseReporter(streams, { json, ...options })
  if (stdioOf(context) && !json && !verbose)
    return createStdioReporter(new PlainReporter(streams.err, streams.err, paintPlain, options), choose)
  const reporter = choose()
  if (json) return reporter
  if (names.includes('history')) return historyReporter(reporter, streams.out)
  // A task of the project may print for ever (`tail -f`). A read-only flow does not, so its output can be grouped.
  return groupByHost(reporter, new Set(names.filter((name) => project.flows[name]?.flow.readOnly)))
}

/** What the only task on the line is connected to: this process's streams, its terminal (`once`, `shell`), or neither. */
export function stdioOf({ invocation, project }: Pick<CommandContext, 'invocation' | 'project'>): Stdio | undefined {
  const [only, ...more] = invocation.tasks
  return only && !more.length && !project.flows[only.name] ? project.tasks[only.name]?.spec.stdio : undefined
}
