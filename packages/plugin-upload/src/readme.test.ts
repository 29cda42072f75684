import { readFileSync } from 'node:fs'
import type { Field } from '@dragonfab/core'
import { expect, test } from 'vitest'
import { options } from './options.ts'

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

function row([name, field]: [string, Field]): readonly string[] {
  const value =
    typeof field.fact === 'string' ? `known ${field.fact}` : field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``
  const kind = field.choices
    ? field.choices.map((choice) => `\`'${choice}'\``).join(', ')
    : field.kind === 'secretText'
      ? 'secret'
      : field.kind
  const called = [...field.alias, `upload_${snake(name)}`].map((alias) => `\`${alias}\``).join(', ')
  return [`\`${name}\``, `${kind}${field.required ? ', required' : ''}`, value, field.help, called]
}

test('the table of options in the README is what the plugin declares', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [, written = ''] = /<!-- options -->\n+([\s\S]*?)\n*<!-- end -->/.exec(readme) ?? []
  const rows = written
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  expect(rows).toEqual(Object.entries(options as Readonly<Record<string, Field>>).map(row))
})
