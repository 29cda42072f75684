import { existsSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { usageError } from '@dragonfab/core'
import { listCandidates } from '../config/discover.ts'

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
  const { text, notes } = await readSource(file, from)
  const target = join(directory, 'dragonfab.config.ts')
  writeFileSync(target, text, { flag: 'wx' })
  say(`wrote ${relative(cwd, target)}; it counts before ${basename(file)} from now on`)
  for (const note of notes) say(`note: ${note}`)
  return 0
}

async function readSource(file: string, from: string): Promise<{ readonly text: string; readonly notes: readonly string[] }> {
  if (/\.ya?ml$/.test(file)) return (await import('./from-deployfile.ts')).fromDeployfile(file)
  if (file.endsWith('.py')) return (await import('./from-environments.ts')).fromEnvironments(file)
  throw usageError({ code: 'NEW_FORM', message: `--from ${from}: neither a deploy.yml nor an environments.py`, remedy: 'name one of them' })
}
