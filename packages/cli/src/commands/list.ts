import { findShippingTasks, formatTaskCall, hooksOn, listTasks, type Project } from '@dragonfab/plan'
import type { CommandContext } from '../run/context.ts'

/** `list`: prints the project's environments, tasks and plugins, for people or (`--json`) for tools. */
export async function listCommand({ project, invocation, streams }: CommandContext): Promise<number> {
  const listing = listingOf(project)
  streams.out.write(invocation.options.json ? `${JSON.stringify(listing)}\n` : formatListing(listing))
  return 0
}

type Listing = ReturnType<typeof listingOf>

function listingOf(project: Project) {
  const tasks = listTasks(project).map(({ name, args, summary, plugin, signals }) => ({ name, args, summary, plugin, signals }))
  return {
    file: project.file,
    environments: Object.values(project.environments).map(({ name, roles, hosts, sequence }) => ({
      name,
      roles,
      hosts,
      // The tasks that `deploy` runs, even if no sequence is declared, so that a tool need not know the rule.
      sequence: (sequence ?? findShippingTasks(project.flows))?.map(({ task, args, when }) => ({ task, args, when })),
    })),
    tasks,
    plugins: project.plugins.map(({ name, needs }) => ({ name, needs: needs.map((each) => each.name) })),
    signals: project.signals.map((name) => ({
      name,
      hooks: hooksOn(project, name).map(({ plugin, hook }) => ({
        plugin,
        ...(typeof hook === 'function' ? {} : { task: formatTaskCall(hook) }),
      })),
    })),
  }
}

function formatListing({ environments, tasks, plugins, signals }: Listing): string {
  const rows = (cells: readonly (readonly [string, string])[]): string => {
    const width = Math.min(36, Math.max(0, ...cells.map(([name]) => name.length)))
    return cells.map(([name, rest]) => `  ${name.padEnd(width)}  ${rest}`.trimEnd()).join('\n')
  }
  const hosts = ({ roles, hosts: all }: Listing['environments'][number]): string =>
    roles.length
      ? roles.map((role) => `${role}: ${joinHostNames(all.filter((host) => host.role === role))}`).join(' · ')
      : joinHostNames(all)
  const sequences = environments.flatMap(({ name, sequence }): (readonly [string, string])[] =>
    sequence ? [[name, sequence.map((each) => `${each.when === 'next' ? '' : `${each.when} `}${formatTaskCall(each)}`).join(' → ')]] : [],
  )
  const sections: (readonly [string, string])[] = [
    ['Environments', rows(environments.map((each) => [each.name, hosts(each)]))],
    ['Sequences (deploy)', rows(sequences)],
    [
      'Tasks',
      rows(
        tasks.map((task) => [
          formatTaskCall({ task: task.name, args: task.args }),
          `${task.summary}${task.plugin === 'core' ? '' : ` (${task.plugin})`}`,
        ]),
      ),
    ],
    ['Plugins', rows(plugins.map(({ name, needs }) => [name, needs.length ? `needs ${needs.join(', ')}` : '']))],
    [
      'Signals and their hooks',
      rows(
        signals
          .filter((each) => each.hooks.length)
          .map(({ name, hooks }) => [name, [...new Set(hooks.map((hook) => hook.task ?? hook.plugin))].join(', ')]),
      ),
    ],
  ]
  return `${sections
    .filter(([, body]) => body)
    .map(([title, body]) => `${title}\n${body}`)
    .join('\n\n')}\n`
}

function joinHostNames(hosts: readonly { readonly name: string }[]): string {
  return hosts.length > 8
    ? `${hosts.length} hosts: ${hosts
        .slice(0, 6)
        .map((host) => host.name)
        .join(', ')} …`
    : hosts.map((host) => host.name).join(', ')
}
