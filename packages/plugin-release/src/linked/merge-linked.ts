import { type Problem, usageError } from '@dragonfab/core'
import { isWithin } from '../layout.ts'
import type { LinkedEntry, LinkedPath } from './linked-path.ts'

/** Both lists as one. Refuses entries that occur twice or contain each other, because a link cannot be made through a link. */
export function mergeLinked(
  files: readonly LinkedEntry[],
  dirs: readonly LinkedEntry[],
  writtenFiles: readonly string[] = [],
): readonly LinkedPath[] {
  const all: readonly LinkedPath[] = [
    ...dirs.map((each) => ({ ...each, kind: 'dir' as const })),
    ...files.map((each) => ({ ...each, kind: 'file' as const })),
  ]
  const problems: Problem[] = []
  all.forEach((entry, index) => {
    for (const other of all.slice(index + 1)) {
      if (entry.path === other.path)
        problems.push({
          code: 'LINKED_TWICE',
          message: `${optionNameOf(other)}: ${quotePath(other)} is already linked by ${optionNameOf(entry)}`,
        })
      else if (isWithin(entry.path, other.path)) problems.push(nestedProblem(entry, other))
      else if (isWithin(other.path, entry.path)) problems.push(nestedProblem(other, entry))
    }
    for (const file of writtenFiles.filter((each) => isWithin(each, entry.path) || isWithin(entry.path, each))) {
      problems.push({
        code: 'LINKED_TWICE',
        message: `${optionNameOf(entry)}: ${quotePath(entry)} conflicts with environmentFile ${JSON.stringify(file)}, which dotenv writes into each release`,
        remedy: 'link the file, or write it from dotenv, not both',
      })
    }
  })
  if (problems.length) throw usageError(problems)
  return all
}

const optionNameOf = (entry: LinkedPath): string => (entry.kind === 'file' ? 'linkedFiles' : 'linkedDirs')
const quotePath = (entry: LinkedPath): string => JSON.stringify(entry.path)

function nestedProblem(inner: LinkedPath, outer: LinkedPath): Problem {
  return {
    code: 'LINKED_INSIDE',
    message: `${optionNameOf(inner)}: ${quotePath(inner)} is in ${quotePath(outer)}, which ${optionNameOf(outer)} already links`,
    remedy: 'remove the inner one: the outer one includes it',
  }
}
