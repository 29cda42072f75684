import { defineConfig } from 'tsup'

/** One way to build every published package: ESM with types, for the oldest Node that is supported. */
export const library = (overrides = {}) =>
  defineConfig({
    entry: ['src/index.ts'],
    format: ['esm'],
    target: 'node20',
    dts: { compilerOptions: { customConditions: [] } },
    clean: true,
    treeshake: true,
    ...overrides,
  })
