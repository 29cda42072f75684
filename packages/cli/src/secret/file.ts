import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { hide, type Secret, usageError } from '@dragonfab/core'
import { promptContext } from './prompt-context.ts'

/**
 * What a file holds, hidden, without the newline at its end. The path is relative to the config's folder; `~/` is the home directory. It is
 * read when a run needs it; a file that cannot be read or is empty ends the run before anything is changed.
 */
export function file(path: string): Secret {
  return hide(() => readSecretFile(path), path, { source: `file ${path}` })
}

function readSecretFile(path: string): string {
  const at = path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(promptContext().directory ?? '.', path)
  let text: string
  try {
    text = readFileSync(at, 'utf8')
  } catch (error) {
    throw usageError({
      code: 'SECRET_UNREADABLE',
      message: `the file ${at} holds a secret and cannot be read`,
      cause: error instanceof Error ? error.message : String(error),
      remedy: 'write it there, where you deploy from; keep it out of the repository',
    })
  }
  const value = text.replace(/\r?\n$/, '')
  if (value === '')
    throw usageError({ code: 'SECRET_UNSET', message: `the file ${at} holds a secret and is empty`, remedy: 'write it there' })
  return value
}
