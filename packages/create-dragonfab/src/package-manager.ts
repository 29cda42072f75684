import type { Agent, Command } from 'package-manager-detector'
import { resolveCommand } from 'package-manager-detector/commands'
import { detect, getUserAgent } from 'package-manager-detector/detect'

/** What installs packages in a folder: its lockfile or manifest says so (or those above it), else the one that started this process, else npm. */
async function findAgent(directory: string): Promise<Agent> {
  const found = await detect({ cwd: directory })
  return found?.agent ?? getUserAgent() ?? 'npm'
}

/** `npm i -D dragonfab @dragonfab/plugin-git`. */
export async function installCommand(directory: string, packages: readonly string[]): Promise<string> {
  return formatCommand(await findAgent(directory), 'add', ['-D', ...packages])
}

/** How a program that the project has installed is run: `npx dragonfab`. */
export async function runnerCommand(directory: string, program: string): Promise<string> {
  return formatCommand(await findAgent(directory), 'execute-local', [program])
}

function formatCommand(agent: Agent, verb: Command, words: readonly string[]): string {
  const resolved = resolveCommand(agent, verb, [...words]) ?? resolveCommand('npm', verb, [...words])
  return [resolved?.command ?? 'npm', ...(resolved?.args ?? words)].join(' ')
}
