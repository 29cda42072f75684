import type { Agent, Command } from 'package-manager-detector'
import { resolveCommand } from 'package-manager-detector/commands'
import { detect, getUserAgent } from 'package-manager-detector/detect'

/** The package manager of a folder, from the lockfile or manifest in it or a parent. Without one: the package manager that started this process, or npm. */
async function findAgent(directory: string): Promise<Agent> {
  const found = await detect({ cwd: directory })
  return found?.agent ?? getUserAgent() ?? 'npm'
}

/** `npm i -D dragonfab @dragonfab/plugin-git`. */
export async function installCommand(directory: string, packages: readonly string[]): Promise<string> {
  return formatCommand(await findAgent(directory), 'add', ['-D', ...packages])
}

/** The command that runs a program of an installed package: `npx dragonfab`. */
export async function runnerCommand(directory: string, program: string): Promise<string> {
  const agent = await findAgent(directory)
  // `yarn exec` of yarn 1 consumes the flags. This form works in all versions, which a lockfile does not distinguish.
  return agent.startsWith('yarn') ? `yarn ${program}` : formatCommand(agent, 'execute-local', [program])
}

function formatCommand(agent: Agent, verb: Command, words: readonly string[]): string {
  const resolved = resolveCommand(agent, verb, [...words]) ?? resolveCommand('npm', verb, [...words])
  return [resolved?.command ?? 'npm', ...(resolved?.args ?? words)].join(' ')
}
