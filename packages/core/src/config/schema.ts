/**
 * The part of the Standard Schema interface (version 1) that a check needs; Zod, Valibot, ArkType and others satisfy it.
 * Only `validate` is exposed by that standard, which is why help, defaults and flags come from core's own fields.
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

/** A check for a field, made of a function that gives the value back, or says what is wrong with it. */
export function check<Output>(validate: (value: unknown) => SchemaResult<Output>): StandardSchema<Output> {
  return { '~standard': { version: 1, vendor: 'dragonfab', validate } }
}

/** Notes a problem; checking goes on, so that all are reported at once. */
export type Report = (code: string, message: string, remedy?: string | undefined) => void
