import type { CoreEnv, Values } from '@dragonfab/core'
import type { options } from './options.ts'

export interface PostgresEnv extends CoreEnv {
  readonly postgres: Values<typeof options>
}
