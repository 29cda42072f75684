export type { CheckInput } from './check.ts'
export { healthcheck, healthcheck as default } from './plugin.ts'
