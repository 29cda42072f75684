import { type CommandOptions, runCommand } from '@dragonfab/test-kit'
import type { Contender } from './contender.ts'
import { childrenCpuMs } from './cpu.ts'

/** A contender that runs a command, or one command per round. `before` is not measured. */
export function timed(
  name: string,
  argv: readonly string[] | (() => readonly string[]),
  options: CommandOptions & { readonly before?: () => Promise<unknown> },
): Contender {
  return {
    name,
    run: async () => {
      await options.before?.()
      const used = childrenCpuMs()
      const { status, stdout, stderr, ms } = await runCommand(typeof argv === 'function' ? argv() : argv, options)
      if (status !== 0) throw new Error(`${name}: exit status ${status}\n${stdout}${stderr}`)
      return { ms, cpuMs: childrenCpuMs() - used }
    },
  }
}
