import { existsSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { type AnyPlugin, usageError } from '@dragonfab/core'
import { type ConversionTools, convertOriginal, deployfileYaml, loadablePluginName } from '@dragonfab/legacy'
import { listCandidates } from '../config/discover.ts'
import { ownPackage } from '../config/own-plugins.ts'
import { loadPluginsByName } from '../config/plugins.ts'
import { readText } from '../config/read-text.ts'

/** `new --from deploy.yml|environments.py`: the typed configuration beside the file, which stays. Overwrites nothing. */
export async function newFrom({
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
    throw usageError({ code: 'CONFIG_EXISTS', message: `${found} is there already, and new never overwrites`, remedy: 'move it away' })
  const { text, notes } = await convertOriginal(file, from, tools)
  const target = join(directory, 'dragonfab.config.ts')
  writeFileSync(target, text, { flag: 'wx' })
  say(`wrote ${relative(cwd, target)}; it counts before ${basename(file)} from now on`)
  for (const note of notes) say(`note: ${note}`)
  return 0
}

const tools: ConversionTools = {
  readDeployfile: (file) => readText(file, 'yaml', deployfileYaml),
  loadPlugins: async (written, folder) => (await loadPluginsByName(written, folder, loadablePluginName)) as readonly AnyPlugin[],
  packageOf: ownPackage,
}
