import { hide, type Secret } from '@dragonfab/core'
import type { Project } from '@dragonfab/plan'
import type { Actor, Interrupted } from '@dragonfab/run'
import type { SshEvent, SshPool } from '@dragonfab/ssh'
import type { Invocation, Vocabulary } from '../arguments/invocation.ts'
import { ask, canAsk, sudoPassword } from '../process/prompt.ts'
import type { Streams } from '../reporter/choose.ts'
import { streamOutput } from '../reporter/output.ts'
import { actorOf } from './actor.ts'

/** What a command needs of the world around it. */
export interface Context {
  readonly project: Project
  readonly vocabulary: Vocabulary
  readonly invocation: Invocation
  readonly streams: Streams
  readonly interruption: Interrupted
  readonly actor: Actor
}

export function standardStreams(environment: Readonly<Record<string, string | undefined>>): Streams {
  return { out: streamOutput(process.stdout), err: streamOutput(process.stderr), environment }
}

export { actorOf }

/** The SSH pool, made when a host first needs it; `around` shows questions to the person without a live display in their way. */
export function lazyPool(around: <T>(question: () => Promise<T>) => Promise<T>, onEvent: (event: SshEvent) => void) {
  let made: Promise<SshPool> | undefined
  const pool = (): Promise<SshPool> => {
    made ??= import('@dragonfab/ssh').then(({ createSshPool }) =>
      createSshPool({ onEvent, prompt: canAsk() ? (question, options) => around(() => ask(question, options)) : undefined }),
    )
    return made
  }
  return { pool, close: async (): Promise<void> => (await made)?.close() }
}

/** Asked once, before anything is connected; never kept anywhere but in memory. */
export async function askSudo(wanted: boolean): Promise<Secret | undefined> {
  return wanted ? hide(await sudoPassword(), 'the password of sudo') : undefined
}
