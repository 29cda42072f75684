import { usageError } from '@dragonfab/core'
import { listArguments, type Project, type TaskInvocation } from '@dragonfab/plan'
import type { NamedTaskCall, Vocabulary } from '../arguments/invocation.ts'

/** The tasks of a run, `deploy` replaced by the sequence of its environment. */
export function resolveInvocations(
  calls: readonly NamedTaskCall[],
  environment: string,
  project: Project,
  vocabulary: Vocabulary,
): readonly TaskInvocation[] {
  return calls.flatMap((call) => {
    if (call.name === 'deploy') return resolveSequence(environment, project)
    return [{ task: call.name, args: listArguments(call.args, vocabulary.tasks.get(call.name) ?? []), when: 'next' as const }]
  })
}

/** What `deploy` runs: the sequence, or the only way to ship that the project has. */
function resolveSequence(environment: string, project: Project): readonly TaskInvocation[] {
  const sequence = project.environments[environment]?.sequence
  const invocations = sequence?.map(({ task, args, when }) => ({ task, args, when })) ?? findShippingTasks(project)
  if (invocations) return invocations
  throw usageError({
    code: 'NOTHING_TO_DEPLOY',
    message: `deploy has nothing to run in ${environment}: it has no sequence, and no plugin ships anything`,
    remedy: `write environments.${environment}.sequence, or add a plugin that releases (git)`,
  })
}

/** The only way to ship that the project has: what `deploy` runs in environments without a sequence. */
export function findShippingTasks({ flows }: Project): readonly TaskInvocation[] | undefined {
  const shipping = Object.values(flows).filter(({ flow }) => flow.ships)
  const [first] = shipping
  return first && shipping.filter(({ plugin }) => plugin === first.plugin).map(({ name }) => ({ task: name, args: [], when: 'next' }))
}
