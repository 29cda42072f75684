import { readFileSync } from 'node:fs'
import type { Field } from '@dragonfab/core'
import { expect, test } from 'vitest'
import { variables } from './variables.ts'

const file = new URL('../README.md', import.meta.url)
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

function row([name, field]: [string, Field]): string {
  const value =
    typeof field.fact === 'string' ? `known ${field.fact}` : field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``
  const kind = field.choices ? field.choices.map((choice) => `\`'${choice}'\``).join(', ') : field.kind
  const called = [...new Set([...field.alias, snake(name)])].filter((each) => each !== name).map((alias) => `\`${alias}\``)
  return `| \`${name}\` | ${kind} | ${value} | ${field.help} | ${called.join(', ')} |`
}

/** The formatter pads cells, so they are compared without their blanks. */
const cells = (line: string) => line.replace(/ *\| */g, '|').trim()

test('the table of variables in the README is what the plugin declares', () => {
  const text = readFileSync(file, 'utf8')
  const table = /<!-- variables -->\n\n?([\s\S]*?)\n\n?<!-- end -->/.exec(text)?.[1] ?? ''
  const rows = Object.entries(variables as Readonly<Record<string, Field>>).map(row)
  expect(table.split('\n').slice(2).map(cells)).toEqual(rows.map(cells))
})
