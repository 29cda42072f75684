// Finds shell functions that the text of a step defines, although a plugin could declare them once (`shellFunction`).
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root, run } from '../lib/root.mjs'

/** Scripts of code steps, which are not part of a plan and are sent once. */
const codeSteps = ['packages/plugin-release/src/shared/host-files.ts']

const definition = /^\s*[a-z_][a-z0-9_]*\(\) ?[{(](?: .*\}| #.*)?$/

export async function shellFunctions() {
  const { output } = await run(['git', 'ls-files', 'packages/plugin-*/src/**/*.ts', 'packages/plugin-*/src/*.ts'])
  const files = output.split('\n').filter((file) => file && !file.includes('.test.') && !codeSteps.includes(file))
  const found = await Promise.all(
    [...new Set(files)].map(async (file) => {
      const lines = (await readFile(join(root, file), 'utf8')).split('\n')
      return lines.flatMap((line, index) =>
        definition.test(line) ? [`${file}:${index + 1}: declare this function with \`shellFunction\`: ${line.trim()}`] : [],
      )
    }),
  )
  return found.flat()
}
