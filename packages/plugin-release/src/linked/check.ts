import { type Problem, usageError } from '@dragonfab/core'
import { within } from '../layout.ts'
import type { Linked, LinkedEntry } from './entry.ts'

/** Both lists as one; refuses entries that are given twice or lie in each other, since a link cannot be laid through a link. */
export function linkedOf(files: readonly LinkedEntry[], dirs: readonly LinkedEntry[], written: readonly string[] = []): readonly Linked[] {
  const all: readonly Linked[] = [
    ...dirs.map((each) => ({ ...each, kind: 'dir' as const })),
    ...files.map((each) => ({ ...each, kind: 'file' as const })),
  ]
  const problems: Problem[] = []
  all.forEach((one, index) => {
    for (const other of all.slice(index + 1)) {
      if (one.path === other.path)
        problems.push({ code: 'LINKED_TWICE', message: `${list(other)}: ${name(other)} is linked already by ${list(one)}` })
      else if (within(one.path, other.path)) problems.push(inside(one, other))
      else if (within(other.path, one.path)) problems.push(inside(other, one))
    }
    for (const file of written.filter((each) => within(each, one.path) || within(one.path, each))) {
      problems.push({
        code: 'LINKED_TWICE',
        message: `${list(one)}: ${name(one)} is in the way of environmentFile ${JSON.stringify(file)}, which dotenv writes into each release`,
        remedy: 'link the file, or have it written from dotenv, not both',
      })
    }
  })
  if (problems.length) throw usageError(problems)
  return all
}

const list = (entry: Linked): string => (entry.kind === 'file' ? 'linkedFiles' : 'linkedDirs')
const name = (entry: Linked): string => JSON.stringify(entry.path)

function inside(inner: Linked, outer: Linked): Problem {
  return {
    code: 'LINKED_INSIDE',
    message: `${list(inner)}: ${name(inner)} lies in ${name(outer)}, which ${list(outer)} links already`,
    remedy: 'leave the inner one out: it comes with the outer one',
  }
}
