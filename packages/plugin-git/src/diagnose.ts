import type { StepFailure } from '@dragonfab/core'
import { exitStatus, failures } from './exit-statuses.ts'

export type ExitCase = keyof typeof exitStatus

/** What git, ssh and tar print if something is wrong, in the C locale. The first row that matches counts. */
export const outputPatterns: readonly (readonly [ExitCase, readonly string[]])[] = [
  ['noGit', ['git: not found', 'git: command not found']],
  ['hostKeyChanged', ['REMOTE HOST IDENTIFICATION HAS CHANGED', 'HOST IDENTIFICATION HAS CHANGED']],
  ['hostKeyUnknown', ['Host key verification failed', 'host key is known for']],
  [
    'denied',
    [
      'Permission denied (',
      'could not read Username',
      'could not read Password',
      'terminal prompts disabled',
      'Authentication failed',
      'Access denied',
      'access denied',
      'returned error: 401',
      'returned error: 403',
      'Too many authentication failures',
      'Load key',
    ],
  ],
  [
    'unreachable',
    [
      'Could not resolve host',
      'Temporary failure in name resolution',
      'Connection refused',
      'timed out',
      'No route to host',
      'Network is unreachable',
      'Connection reset',
      'Connection closed',
      'kex_exchange_identification',
      'Failed to connect',
      "Couldn't connect to server",
      'unable to connect to',
      'unable to look up',
    ],
  ],
  ['owner', ['dubious ownership']],
  ['protocol', ["' not allowed", 'unable to find remote helper', 'is not a git command']],
  ['noSpace', ['No space left on device', 'Disk quota exceeded']],
  [
    'noRepository',
    [
      'does not appear to be a git repository',
      'Repository not found',
      'repository not found',
      "' not found",
      'could not be found',
      'returned error: 404',
      'no such repository',
      'repository not exported',
      "' does not exist",
    ],
  ],
  ['notWritable', ['Permission denied', 'Operation not permitted', 'Read-only file system']],
]

export function failureOf(exitCase: ExitCase): StepFailure {
  return failures[exitStatus[exitCase]] as StepFailure
}

/** What a program's exit status and its output mean. */
export function diagnose(status: number | undefined, output: string): ExitCase {
  const [exitCase] = outputPatterns.find(([, words]) => words.some((each) => output.includes(each))) ?? []
  if (exitCase) return exitCase
  const cases = Object.keys(exitStatus) as ExitCase[]
  return cases.find((each) => exitStatus[each] === status) ?? (status === 127 ? 'noGit' : 'other')
}
