export type { Prompt, SshEvent, SshPoolOptions } from './options.ts'
export { createSshPool, type SshPool } from './pool.ts'
export type { SshTarget, StrictHostKeys } from './target.ts'
