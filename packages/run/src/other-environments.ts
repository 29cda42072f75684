import type { OtherHost } from '@dragonfab/core'

/** The other environments of the project, for code steps. */
export interface OtherEnvironments {
  readonly environments: readonly string[]
  /** The hosts of an environment, each connected to when its executor is first asked for. */
  hosts(environment: string): Promise<readonly OtherHost[]>
}
