import { existsSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { CommandLine } from '@dragonfab/config'
import { listCandidates, loadPluginsByName, ownPackage, ownPluginNames, readText } from '@dragonfab/config'
import { type AnyPlugin, usageError } from '@dragonfab/core'
import { canAsk, confirmAction } from '../process/prompt.ts'

/** `new [dir]`, `new --plugin NAME`, `new --from FILE`. create-dragonfab writes the files, legacy converts a file of the originals. Each is loaded only if needed. */
export async function newCommand({ options, operands }: CommandLine): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const { from, plugin, yes } = options
  const cwd = process.cwd()
  if (plugin === undefined && from !== undefined) return newFrom({ cwd, from, say })
  const { createPlugin, createProject } = await import('create-dragonfab')
  if (plugin === undefined) return createProject({ cwd, operands, yes, ask: confirmAction, canAsk: canAsk(), say })
  const packageOf = (name: string): string | undefined => (ownPluginNames.includes(name) ? ownPackage(name).name : undefined)
  return createPlugin({ cwd, name: plugin, operands, packageOf, say })
}

/** `new --from deploy.yml|environments.py`: writes a typed configuration beside the file, which stays. It overwrites nothing. */
async function newFrom({
  cwd,
  from,
  say,
}: {
  readonly cwd: string
  readonly from: string
  readonly say: (line: string) => void
}): Promise<number> {
  const file = resolve(cwd, from)
  if (!existsSync(file)) throw usageError({ code: 'CONFIG_MISSING', message: `--from ${from}: there is no such file` })
  const directory = dirname(file)
  const [found] = listCandidates(directory, 'dragonfab.config')
  if (found)
    throw usageError({ code: 'CONFIG_EXISTS', message: `${found} already exists, and new never overwrites a file`, remedy: 'move it away' })
  const { convertOriginal, deployfileYaml, loadablePluginName } = await import('@dragonfab/legacy')
  const { text, notes } = await convertOriginal(file, from, {
    readDeployfile: (path) => readText(path, 'yaml', deployfileYaml),
    loadPlugins: async (written, folder) => (await loadPluginsByName(written, folder, loadablePluginName)) as readonly AnyPlugin[],
    packageOf: ownPackage,
  })
  const target = join(directory, 'dragonfab.config.ts')
  writeFileSync(target, text, { flag: 'wx' })
  say(`wrote ${relative(cwd, target)}; from now on Dragonfab reads it instead of ${basename(file)}`)
  for (const note of notes) say(`note: ${note}`)
  return 0
}
