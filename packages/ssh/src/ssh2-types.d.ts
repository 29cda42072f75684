/** The part of ssh2 1.17 that is used here. */
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events'
  import type { Duplex, Readable } from 'node:stream'

  export interface ParsedKey {
    readonly type: string
    readonly comment: string
    getPublicSSH(): Buffer
    isPrivateKey(): boolean
    sign(data: Buffer, hash?: string): Buffer | Error
  }

  export interface Agent {
    getIdentities(done: (error: Error | null | undefined, keys?: ParsedKey[]) => void): void
    sign(
      key: ParsedKey,
      data: Buffer,
      options: { hash?: string } | undefined,
      done: (error: Error | null | undefined, signature?: Buffer) => void,
    ): void
  }

  export interface Channel extends Duplex {
    readonly stderr: Readable
    close(): void
    setWindow(rows: number, cols: number, height: number, width: number): void
  }

  export type NextAuth =
    | false
    | { type: 'none'; username: string }
    | { type: 'password'; username: string; password: string }
    | { type: 'agent'; username: string; agent: Agent }
    | {
        type: 'keyboard-interactive'
        username: string
        prompt: (
          name: string,
          instructions: string,
          language: string,
          prompts: readonly { prompt: string; echo?: boolean }[],
          answer: (answers: readonly string[]) => void,
        ) => void
      }

  export interface ConnectConfig {
    sock: Duplex
    username: string
    readyTimeout: number
    keepaliveInterval: number
    keepaliveCountMax: number
    agent?: Agent | undefined
    algorithms: { serverHostKey: readonly string[] }
    hostVerifier: (key: Buffer, verify: (valid: boolean) => void) => void
    authHandler: (methodsLeft: readonly string[] | null, partial: boolean | null, next: (auth: NextAuth) => void) => void
  }

  export interface ExecConfig {
    agentForward?: boolean
    pty?: { rows: number; cols: number; term: string } | undefined
  }

  export class Client extends EventEmitter {
    connect(config: ConnectConfig): this
    exec(command: string, options: ExecConfig, done: (error: Error | undefined, channel: Channel) => void): this
    forwardOut(
      fromHost: string,
      fromPort: number,
      host: string,
      port: number,
      done: (error: Error | undefined, channel: Channel) => void,
    ): this
    unforwardIn(host: string, port: number, done: (error: Error | undefined) => void): this
    end(): this
    destroy(): this
  }

  export class BaseAgent implements Agent {
    getIdentities(done: (error: Error | null | undefined, keys?: ParsedKey[]) => void): void
    sign(
      key: ParsedKey,
      data: Buffer,
      options: { hash?: string } | undefined,
      done: (error: Error | null | undefined, signature?: Buffer) => void,
    ): void
  }

  export function createAgent(path: string): Agent
  export const utils: { parseKey(data: string | Buffer, passphrase?: string): ParsedKey | Error }
}
