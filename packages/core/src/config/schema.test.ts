import type { StandardSchemaV1 } from '@standard-schema/spec'
import { expect, expectTypeOf, test } from 'vitest'
import { check, type StandardSchema } from './schema.ts'

// The types are the standard's own; core writes them again because mitt is its only dependency.
test('a schema of any library that implements the standard is a check', () => {
  expectTypeOf<StandardSchemaV1<unknown, string>>().toExtend<StandardSchema<string>>()
  expectTypeOf<StandardSchemaV1<string, number>>().toExtend<StandardSchema<number>>()
})

test('a check is a schema of the standard', () => {
  const port = check<number>((value) => (Number.isInteger(value) ? { value: Number(value) } : { issues: [{ message: 'is not whole' }] }))
  expectTypeOf(port).toExtend<StandardSchemaV1<unknown, number>>()
  expect(port['~standard'].validate(80)).toEqual({ value: 80 })
  expect(port['~standard'].validate('x')).toEqual({ issues: [{ message: 'is not whole' }] })
})
