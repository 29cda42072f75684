import type { CommandLine } from '../arguments/invocation.ts'
import { ownPackage, ownPluginNames } from '../config/own-plugins.ts'
import { canAsk, confirmAction } from '../process/prompt.ts'

/** `new [dir]`, `new --plugin NAME`, `new --from FILE`. What is written is create-dragonfab's, or legacy's for a file of the originals. */
export async function newCommand({ options, operands }: CommandLine): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const { from, plugin, yes } = options
  const cwd = process.cwd()
  if (plugin === undefined && from !== undefined) return (await import('./new-from.ts')).newFrom({ cwd, from, say })
  const { createPlugin, createProject } = await import('create-dragonfab')
  if (plugin === undefined) return createProject({ cwd, operands, yes, ask: confirmAction, canAsk: canAsk(), say })
  const packageOf = (name: string): string | undefined => (ownPluginNames.includes(name) ? ownPackage(name).name : undefined)
  return createPlugin({ cwd, name: plugin, operands, packageOf, say })
}
