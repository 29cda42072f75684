/**
 * The part of the Standard Schema interface (version 1) that a check needs. Zod, Valibot, ArkType and others implement it.
 * The standard has only `validate`, so help, defaults and flags come from core's fields.
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
      }[]
    }

/** A check for a field: a function that returns the value, or says what is wrong with it. */
export function check<Output>(validate: (value: unknown) => SchemaResult<Output>): StandardSchema<Output> {
  return { '~standard': { version: 1, vendor: 'dragonfab', validate } }
}

/** Records a problem. Checking continues, so that all problems are reported at once. */
export type Report = (code: string, message: string, remedy?: string | undefined) => void
