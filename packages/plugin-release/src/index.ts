export type { Dotenv, DotenvValue } from './dotenv/table.ts'
export type { ReleaseSignal } from './flows.ts'
export type { LinkedEntry, LinkedInput, Missing } from './linked/entry.ts'
export { release, release as default } from './plugin.ts'
