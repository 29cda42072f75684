import { readFileSync } from 'node:fs'
import type { Field } from '@dragonfab/core'
import { expect, test } from 'vitest'
import { options } from './options.ts'

const file = new URL('../README.md', import.meta.url)
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

function row([name, field]: [string, Field]): string {
  const value =
    typeof field.fact === 'string' ? `known ${field.fact}` : field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``
  const kind = field.choices
    ? field.choices.map((choice) => `\`'${choice}'\``).join(', ')
    : field.kind === 'secretText'
      ? 'secret'
      : field.kind
  const called = [...field.alias, `git_${snake(name)}`].map((alias) => `\`${alias}\``).join(', ')
  return `| \`${name}\` | ${kind}${field.required ? ', required' : ''} | ${value} | ${field.help} | ${called} |`
}

test('the table of options in the README is what the plugin declares', async () => {
  const rows = Object.entries(options as Readonly<Record<string, Field>>).map(row)
  const table = ['| option | kind | default | meaning | also called |', '|---|---|---|---|---|', ...rows].join('\n')
  const text = readFileSync(file, 'utf8')
  expect(text).toMatch(/<!-- options -->\n[\s\S]*<!-- end -->/)
  // `npx vitest run packages/plugin-git/src/readme.test.ts -u` writes it anew.
  await expect(
    text.replace(/<!-- options -->\n[\s\S]*?<!-- end -->/, () => `<!-- options -->\n${table}\n<!-- end -->`),
  ).toMatchFileSnapshot(file.pathname)
})
