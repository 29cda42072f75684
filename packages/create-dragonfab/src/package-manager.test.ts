import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { installCommand, runnerCommand } from './package-manager.ts'

const made: string[] = []
afterEach(() => {
  for (const each of made.splice(0)) rmSync(each, { recursive: true })
})

function makeProject(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'dragonfab-manager-'))
  made.push(directory)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  mkdirSync(join(directory, 'inner'))
  return join(directory, 'inner')
}

test.each([
  [{ 'package-lock.json': '{}' }, 'npm i -D x', 'npx dragonfab'],
  [{ 'pnpm-lock.yaml': '' }, 'pnpm add -D x', 'pnpm exec dragonfab'],
  [{ 'yarn.lock': '' }, 'yarn add -D x', 'yarn dragonfab'],
  [{ 'bun.lock': '' }, 'bun add -D x', 'bun x dragonfab'],
  [{ 'package.json': '{ "packageManager": "pnpm@10.0.0" }' }, 'pnpm add -D x', 'pnpm exec dragonfab'],
] as const)('%j in a parent', async (files, install, runner) => {
  const directory = makeProject(files)
  expect(await installCommand(directory, ['x'])).toBe(install)
  expect(await runnerCommand(directory, 'dragonfab')).toBe(runner)
})
