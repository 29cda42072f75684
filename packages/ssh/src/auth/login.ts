import { DragonfabError } from '@dragonfab/core'
import type {
  AnyAuthMethod,
  AuthHandlerMiddleware,
  BaseAgent,
  Client,
  IdentityCallback,
  KeyboardInteractiveAuthMethod,
  ParsedKey,
  SignCallback,
  SigningRequestOptions,
} from 'ssh2'
import type { HostConfig } from '../config/host-config.ts'
import { printable } from '../printable.ts'
import type { Ask } from '../questions.ts'
import { loadSsh2 } from '../ssh2.ts'
import type { Candidate, Candidates } from './candidates.ts'
import { describeRefusal } from './refusal.ts'
import { watchLogin } from './ssh2-login.ts'

/** The conversation by which one connection authenticates. */
export interface Login {
  readonly handler: AuthHandlerMiddleware
  /** To be called right after `client.connect`. */
  attach(client: Client): void
  /** Whether anything was sent that authenticates: from there on nothing is tried again. */
  started(): boolean
  /** `said`: what ended it. */
  failure(name: string, said: string): DragonfabError
}

const tries = 3

export async function login(config: HostConfig, found: Candidates, ask: Ask | undefined): Promise<Login> {
  const { BaseAgent: Agent } = await loadSsh2()
  const person = config.batch ? undefined : ask
  const keys = [...found.keys]
  const offered: string[] = []
  const left = { keyboard: person && config.keyboard ? tries : 0, password: person && config.passwords ? tries : 0 }
  let methods: readonly string[] | undefined
  let started = false
  let askedMethods = false
  let current: Candidate | undefined
  const allowed = (method: string) => methods === undefined || methods.includes(method)

  const oneKey = (candidate: Candidate): BaseAgent<ParsedKey> => {
    class OneKey extends Agent {
      override getIdentities(done: IdentityCallback<ParsedKey>): void {
        candidate.publicKey().then(
          (key) => {
            if (key) offered.push(candidate.label)
            done(null, key ? [key] : [])
          },
          () => done(null, []),
        )
      }
      override sign(_key: unknown, data: Buffer, options: SigningRequestOptions | SignCallback, done?: SignCallback): void {
        const answer = typeof options === 'function' ? options : done
        candidate.sign(data, typeof options === 'function' ? undefined : options.hash).then(
          (signature) => answer?.(null, signature),
          (error: Error) => answer?.(error),
        )
      }
    }
    return new OneKey()
  }

  const next = async (): Promise<AnyAuthMethod | false> => {
    const username = config.user
    const candidate = allowed('publickey') ? keys.shift() : undefined
    current = candidate
    if (candidate) return { type: 'agent', username, agent: oneKey(candidate) }
    // Only where there is nothing better to send is the host asked what it takes; sshd does not count it as a failure.
    if (methods === undefined && !askedMethods) {
      askedMethods = true
      return { type: 'none', username }
    }
    if (person && left.keyboard > 0 && allowed('keyboard-interactive')) {
      left.keyboard--
      return { type: 'keyboard-interactive', username, prompt: conversation(person, config, () => (left.keyboard = left.password = 0)) }
    }
    if (person && left.password > 0 && allowed('password')) {
      left.password--
      const password = await person(`Password of ${username}@${config.hostname}: `, { hidden: true }).catch(() => undefined)
      if (password !== undefined) return { type: 'password', username, password }
    }
    return false
  }

  return {
    handler: (told, _partial, go) => {
      started = true
      if (told) methods = told
      // `false` ends the login (ssh2's README, `authHandler`); its types leave it out.
      const decide = go as (method: AnyAuthMethod | false) => void
      next().then(decide, () => decide(false))
    },
    attach: (client) =>
      watchLogin(client, {
        methods: (told) => {
          methods = told
        },
        signAtOnce: () => (current?.atOnce ? current : undefined),
        beginAtOnce: () => keys[0]?.atOnce === true && keys[0].fixedAlgorithm,
      }),
    started: () => started,
    failure: (name, said) =>
      new DragonfabError(describeRefusal({ name, config, offered, found, methods, person: person !== undefined, said })),
  }
}

function conversation(ask: Ask, config: HostConfig, giveUp: () => void): KeyboardInteractiveAuthMethod['prompt'] {
  return (_name, instructions, _language, prompts, answer) => {
    const all = async () => {
      const answers: string[] = []
      for (const { prompt, echo } of prompts) {
        const before = answers.length === 0 && instructions.trim() !== '' ? `${printable(instructions)} ` : ''
        answers.push(await ask(`${before}${config.user}@${config.hostname}: ${printable(prompt)} `, { hidden: !echo }))
      }
      return answers
    }
    all().then(answer, () => {
      giveUp()
      answer(prompts.map(() => ''))
    })
  }
}
