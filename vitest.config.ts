import { defineConfig } from 'vitest/config'
import LongestFirst from './tooling/workspace/longest-first.mjs'

// Packages of the workspace resolve each other by source, so that a test never sees a stale build.
const conditions = ['dragonfab-source', 'module', 'node', 'development|production']
const resolve = { resolve: { conditions }, ssr: { resolve: { conditions, externalConditions: ['dragonfab-source', 'node'] } } }

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...resolve,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts'],
          pool: 'forks',
          // What they share is loaded once for all files of a process: that is half their time.
          isolate: false,
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...resolve,
        test: {
          name: 'integration',
          include: [
            'packages/*/test/**/*.test.ts',
            'tooling/*/test/**/*.test.{ts,mjs}',
            'examples/**/*.test.ts',
            'bench/**/*.test.ts',
            'docs/**/*.test.ts',
          ],
          globalSetup: ['tooling/test-kit/src/global-setup.ts'],
          pool: 'forks',
          // Real servers on the other side of every test share the same cores, but many a test waits: for a watch to pass, for apt, for a kill.
          maxWorkers: 3,
          // Limits are for what hangs: a loaded machine with two cores may take its time.
          testTimeout: 300_000,
          hookTimeout: 600_000,
          teardownTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
