import type { CoreEnv, FieldValues } from '@dragonfab/core'
import type { options } from './options.ts'

export interface PostgresEnv extends CoreEnv {
  readonly postgres: FieldValues<typeof options>
}
