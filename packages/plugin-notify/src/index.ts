export type { Commit, Message } from './message.ts'
export { notify, notify as default } from './plugin.ts'
