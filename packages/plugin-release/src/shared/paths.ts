import { usageError } from '@dragonfab/core'
import { within } from '../layout.ts'
import { type Linked, relativePath } from '../linked/entry.ts'

/** Which files of shared/ a task is about: the one that was named, or all linked files. */
export function sharedFiles(linked: readonly Linked[], named: string | undefined): readonly string[] {
  if (named === undefined) return linked.filter(({ kind }) => kind === 'file').map(({ path }) => path)
  const path = checked(named)
  if (linked.some((each) => (each.kind === 'file' ? each.path === path : within(path, each.path) && path !== each.path))) return [path]
  throw usageError({
    code: 'SHARED_UNKNOWN',
    message: `${JSON.stringify(named)} is no linked file, nor in a linked directory`,
    remedy: `linkedFiles are ${sharedFiles(linked, undefined).join(', ') || 'none'}`,
  })
}

function checked(named: string): string {
  try {
    return relativePath(named)
  } catch (error) {
    throw usageError({ code: 'BAD_VALUE', message: `shared: ${error instanceof Error ? error.message : String(error)}` })
  }
}
