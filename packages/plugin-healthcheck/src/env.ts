import type { Check } from './check.ts'

/** What this plugin reads of an env. */
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

/** A check's own limits before those of all. */
export function limitsOf(check: Partial<Limits>, { healthcheck }: HealthEnv): Limits {
  const { retries = healthcheck.retries, interval = healthcheck.interval, timeout = healthcheck.timeout } = check
  return { retries, interval, timeout }
}
