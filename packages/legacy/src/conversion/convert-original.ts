import { usageError } from '@dragonfab/core'
import { type ConversionTools, fromDeployfile, type WrittenConfig } from './from-deployfile.ts'
import { fromEnvironments } from './from-environments.ts'

/** The typed configuration for a `deploy.yml` or an `environments.py`. `written` is the file's name as somebody gave it. */
export async function convertOriginal(file: string, written: string, tools: ConversionTools): Promise<WrittenConfig> {
  if (/\.ya?ml$/.test(file)) return fromDeployfile(file, tools)
  if (file.endsWith('.py')) return fromEnvironments(file)
  throw usageError({
    code: 'NEW_FORM',
    message: `--from ${written}: neither a deploy.yml nor an environments.py`,
    remedy: 'name one of them',
  })
}
