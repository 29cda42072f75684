import { type FlagSpec, flags } from '@dragonfab/config/flags'
import { builtinTasks } from '@dragonfab/plan'

/** The text of `--help`. It loads no project. */
export function helpText(): string {
  const rows = (flags as readonly FlagSpec[]).map((flag): readonly [string, string] => [
    `${flag.short ? `-${flag.short}, ` : '    '}--${flag.name}${flag.value ? ` ${flag.value}` : ''}`,
    flag.help,
  ])
  const tasks = Object.entries(builtinTasks)
  const width = Math.max(...rows.map(([left]) => left.length))
  return `dragonfab deploys applications to servers and LXC containers over SSH.

  dragonfab <environment> <task>[:arg,…] [<task>…] [flags]     dragonfab production deploy
  dragonfab <task> -s <environment> [-r <role>] [flags]        dragonfab release -s production -r web

  dragonfab list [--json]          print environments, hosts, tasks, plugins, signals
  dragonfab apply <plan.json>      run a saved plan
  dragonfab new [dir]              write a starter configuration; --plugin NAME: a plugin and its test
  dragonfab help [plugin]          print this text, or a plugin's options
  dragonfab completion <shell>     print a completion script for bash, zsh or fish

Tasks that every environment has
${tasks.map(([name, { summary }]) => `  ${name.padEnd(7)}  ${summary}`).join('\n')}

Flags
${rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')}

Every variable is a flag too: --keep-releases 3, --git-branch next, --set dotenv.PORT=80.
The words after -- are the command of the last task, if it takes one: dragonfab production once -- ./manage.py check

Exit status: 0 done · 1 failed, nothing live was changed · 2 usage or configuration · 3 failed, undone on all hosts
4 changed and not undone · 5 outcome unknown · 75 locked by another run · 130, 143 interrupted
`
}
