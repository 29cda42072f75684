import { readFileSync } from 'node:fs'
import { type PreScan, preScan } from '@dragonfab/config/flags'

/** Runs a command line and returns its exit status. Each command is imported only when it is used, so that the others cost no time. */
export async function main(argv: readonly string[]): Promise<number> {
  const seen = preScan(argv)
  try {
    return await runCommand(argv, seen)
  } catch (error) {
    const { printProblems } = await import('./reporter/problems.ts')
    return printProblems(error, { json: seen.json, verbose: argv.includes('--verbose') })
  }
}

async function runCommand(argv: readonly string[], seen: PreScan): Promise<number> {
  if (seen.version) {
    process.stdout.write(`${readVersion()}\n`)
    return 0
  }
  if (seen.help || argv.length === 0 || (seen.first === 'help' && !readOperand(argv, 'help'))) {
    process.stdout.write((await import('./commands/help.ts')).helpText())
    // An empty command line does nothing. In a script that is a mistake.
    return argv.length === 0 ? 2 : 0
  }
  if (seen.first === 'completion') {
    const shell = readOperand(argv, 'completion')
    if (shell === 'candidates') return (await import('./commands/project.ts')).candidatesCommand(argv, seen.config)
    process.stdout.write((await import('./commands/completion.ts')).completionScript(shell))
    return 0
  }
  const project = await import('./commands/project.ts')
  return project.projectCommand(argv, seen)
}

/** The word after a command's name. */
function readOperand(argv: readonly string[], name: string): string | undefined {
  const word = argv[argv.indexOf(name) + 1]
  return word?.startsWith('-') ? undefined : word
}

/** The version of this package. Its manifest is one folder above both `dist` and `src`. */
function readVersion(): string {
  return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version
}
