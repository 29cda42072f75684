import { toProblem, usageError } from '@dragonfab/core'
import { layoutOfEnv, linkedOfEnvs, type ReleaseEnv } from '../env.ts'
import { isWithin } from '../layout.ts'
import { type LinkedPath, parseRelativePath } from '../linked/linked-path.ts'
import type { SharedJob } from './tasks.ts'

export function sharedJob(env: ReleaseEnv, file: string | undefined): SharedJob {
  return {
    shared: layoutOfEnv(env).sharedPath,
    source: env.sharedSource,
    files: sharedFiles(linkedOfEnvs([env]), file),
    isSingleFile: file !== undefined,
    sharedWritable: env.sharedWritable,
  }
}

/** The files of shared/ that a task works on: the one that you name, or all linked files. */
function sharedFiles(linked: readonly LinkedPath[], file: string | undefined): readonly string[] {
  if (file === undefined) return linked.filter(({ kind }) => kind === 'file').map(({ path }) => path)
  const path = checkPath(file)
  if (linked.some((each) => (each.kind === 'file' ? each.path === path : isWithin(path, each.path) && path !== each.path))) return [path]
  throw usageError({
    code: 'SHARED_UNKNOWN',
    message: `${JSON.stringify(file)} is not a linked file, and not in a linked directory`,
    remedy: `name one of the linked files: ${sharedFiles(linked, undefined).join(', ') || 'there are none'}`,
  })
}

function checkPath(file: string): string {
  try {
    return parseRelativePath(file)
  } catch (error) {
    throw usageError({ code: 'BAD_VALUE', message: `shared: ${toProblem(error, { code: 'BAD_VALUE' }).message}` })
  }
}
