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
import type { Prompt } from '../options.ts'
import { makePrintable } from '../options.ts'
import { loadSsh2 } from '../ssh2.ts'
import type { KeyCandidate, KeyCandidates } from './candidates.ts'
import { describeRefusal } from './login-refusal.ts'
import { watchLogin } from './ssh2-login.ts'

/** The dialogue that authenticates one connection. */
export interface LoginDialogue {
  readonly handler: AuthHandlerMiddleware
  /** Call this right after `client.connect`. */
  attach(client: Client): void
  /** Whether an authentication request was sent. After that, nothing is retried. */
  hasStarted(): boolean
  /** `said`: the error that ended the login. */
  refusalError(name: string, said: string): DragonfabError
}

const maxPasswordTries = 3

export async function createLogin(config: HostConfig, candidates: KeyCandidates, ask: Prompt | undefined): Promise<LoginDialogue> {
  const { BaseAgent: Agent } = await loadSsh2()
  const askPerson = config.batch ? undefined : ask
  const keys = [...candidates.keys]
  const offered: string[] = []
  const triesLeft = {
    keyboard: askPerson && config.keyboard ? maxPasswordTries : 0,
    password: askPerson && config.passwords ? maxPasswordTries : 0,
  }
  let methods: readonly string[] | undefined
  let started = false
  let askedMethods = false
  let current: KeyCandidate | undefined
  const isAllowed = (method: string) => methods === undefined || methods.includes(method)

  const createOneKeyAgent = (candidate: KeyCandidate): BaseAgent<ParsedKey> => {
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

  const nextMethod = async (): Promise<AnyAuthMethod | false> => {
    const username = config.user
    const candidate = isAllowed('publickey') ? keys.shift() : undefined
    current = candidate
    if (candidate) return { type: 'agent', username, agent: createOneKeyAgent(candidate) }
    // The host is asked for its methods only if no key can be sent. sshd does not count this as a failure.
    if (methods === undefined && !askedMethods) {
      askedMethods = true
      return { type: 'none', username }
    }
    if (askPerson && triesLeft.keyboard > 0 && isAllowed('keyboard-interactive')) {
      triesLeft.keyboard--
      return {
        type: 'keyboard-interactive',
        username,
        prompt: answerPrompts(askPerson, config, () => (triesLeft.keyboard = triesLeft.password = 0)),
      }
    }
    if (askPerson && triesLeft.password > 0 && isAllowed('password')) {
      triesLeft.password--
      const password = await askPerson(`Password of ${username}@${config.hostname}: `, { hidden: true }).catch(() => undefined)
      if (password !== undefined) return { type: 'password', username, password }
    }
    return false
  }

  return {
    handler: (offeredMethods, _partial, go) => {
      started = true
      if (offeredMethods) methods = offeredMethods
      // `false` ends the login (ssh2's README, `authHandler`); its types leave it out.
      const decide = go as (method: AnyAuthMethod | false) => void
      nextMethod().then(decide, () => decide(false))
    },
    attach: (client) =>
      watchLogin(client, {
        methods: (offeredMethods) => {
          methods = offeredMethods
        },
        signAtOnce: () => (current?.offerSigned ? current : undefined),
        beginAtOnce: () => keys[0]?.offerSigned === true && keys[0].fixedAlgorithm,
      }),
    hasStarted: () => started,
    refusalError: (name, errorText) =>
      new DragonfabError(describeRefusal({ name, config, offered, candidates, methods, canAsk: askPerson !== undefined, errorText })),
  }
}

function answerPrompts(ask: Prompt, config: HostConfig, giveUp: () => void): KeyboardInteractiveAuthMethod['prompt'] {
  return (_name, instructions, _language, prompts, answer) => {
    const askAll = async () => {
      const answers: string[] = []
      for (const { prompt, echo } of prompts) {
        const before = answers.length === 0 && instructions.trim() !== '' ? `${makePrintable(instructions)} ` : ''
        answers.push(await ask(`${before}${config.user}@${config.hostname}: ${makePrintable(prompt)} `, { hidden: !echo }))
      }
      return answers
    }
    askAll().then(answer, () => {
      giveUp()
      answer(prompts.map(() => ''))
    })
  }
}
