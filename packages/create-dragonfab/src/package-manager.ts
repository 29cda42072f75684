import type { Agent, Command } from 'package-manager-detector'
import { resolveCommand } from 'package-manager-detector/commands'
import { detect, getUserAgent } from 'package-manager-detector/detect'

/** The package manager of a folder, by the lockfile or manifest in it or above it. Without one, the package manager that started this process, or npm. */
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
  // Of `yarn exec`, yarn 1 keeps the flags for itself. This form is right for all of its versions, which a lockfile does not tell apart.
  return agent.startsWith('yarn') ? `yarn ${program}` : formatCommand(agent, 'execute-local', [program])
}

function formatCommand(agent: Agent, verb: Command, words: readonly string[]): string {
  const resolved = resolveCommand(agent, verb, [...words]) ?? resolveCommand('npm', verb, [...words])
  return [resolved?.command ?? 'npm', ...(resolved?.args ?? words)].join(' ')
}
