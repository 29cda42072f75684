import { hostname, userInfo } from 'node:os'
import type { CommandLine, Vocabulary } from '@dragonfab/config'
import { hide, type Secret } from '@dragonfab/core'
import type { Project } from '@dragonfab/plan'
import type { Actor, SignalInterruption } from '@dragonfab/run'
import type { SshEvent, SshPool } from '@dragonfab/ssh'
import { askPerson, askSudoPassword, canAsk } from '../process/prompt.ts'
import type { StandardStreams } from '../reporter/choose.ts'
import { streamOutput } from '../reporter/output.ts'

/** The data that every command of a project receives. */
export interface CommandContext {
  readonly project: Project
  readonly vocabulary: Vocabulary
  readonly invocation: CommandLine
  readonly streams: StandardStreams
  readonly interruption: SignalInterruption
  readonly actor: Actor
}

export function standardStreams(environment: Readonly<Record<string, string | undefined>>): StandardStreams {
  return { out: streamOutput(process.stdout), err: streamOutput(process.stderr), environment }
}

/** The SSH pool, created when a host first needs it. `withPause` stops the live display while a person is asked. */
export function createLazyPool(withPause: <T>(question: () => Promise<T>) => Promise<T>, onEvent: (event: SshEvent) => void) {
  let made: Promise<SshPool> | undefined
  const pool = (): Promise<SshPool> => {
    made ??= import('@dragonfab/ssh').then(({ createSshPool }) =>
      createSshPool({ onEvent, prompt: canAsk() ? (question, options) => withPause(() => askPerson(question, options)) : undefined }),
    )
    return made
  }
  return { pool, close: async (): Promise<void> => (await made)?.close() }
}

/** Asks once, before the first connection. The password stays in memory. */
export async function readSudoPassword(wanted: boolean): Promise<Secret | undefined> {
  return wanted ? hide(await askSudoPassword(), 'the sudo password') : undefined
}

/** The person behind this run: in CI the one who started the job, else the user of this machine. */
export function readActor(environment: Readonly<Record<string, string | undefined>>): Actor {
  const person = environment.DRAGONFAB_USER || environment.GITLAB_USER_LOGIN || environment.GITHUB_ACTOR || ownUserName()
  return { owner: person, machine: hostname(), pid: process.pid }
}

function ownUserName(): string {
  try {
    return userInfo().username
  } catch {
    // The user has no entry in passwd, as in some containers.
    return String(process.getuid?.() ?? 'unknown')
  }
}
