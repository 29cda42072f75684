import { list, whole } from '@dragonfab/core'
import { type Check, type CheckInput, parseCheck } from './check.ts'

/** The options under `healthcheck`. */
export const options = {
  checks: list({
    help: 'The checks, in this order: URLs (http://…, https://…, tcp://host:port), or tables as below',
    default: [],
    parse: (value: CheckInput): Check => parseCheck(value),
  }),
  retries: whole({ help: 'How often a failed check is retried', default: 20, min: 0, max: 3600 }),
  interval: whole({ help: 'Seconds between two tries', default: 1, min: 0, max: 3600 }),
  timeout: whole({ help: 'Seconds that one try may take', default: 5, min: 1, max: 3600 }),
} as const

/** What this plugin reads from an env. */
export interface HealthEnv {
  readonly healthcheck: {
    readonly checks: readonly Check[]
    readonly retries: number
    readonly interval: number
    readonly timeout: number
  }
  readonly currentPath: string
}

export interface Limits {
  readonly retries: number
  readonly interval: number
  readonly timeout: number
}

/** The limits of a check: its own, else those of all checks. */
export function limitsOf(check: Partial<Limits>, { healthcheck }: HealthEnv): Limits {
  const { retries = healthcheck.retries, interval = healthcheck.interval, timeout = healthcheck.timeout } = check
  return { retries, interval, timeout }
}
