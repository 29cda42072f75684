import { readFileSync } from 'node:fs'
import type { Field } from '@dragonfab/core'
import { expect, test } from 'vitest'
import { options } from './options.ts'

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

function row([name, { kind, choices, default: value, help, alias }]: [string, Field]): string {
  const shown = value === undefined ? '' : `\`${JSON.stringify(value)}\``
  const called = [...alias, `systemd_${snake(name)}`].map((each) => `\`${each}\``).join(', ')
  return `| \`${name}\` | ${choices ? choices.map((each) => `\`'${each}'\``).join(', ') : kind} | ${shown} | ${help} | ${called} |`
}

/** The formatter pads cells, so they are compared without their blanks. */
const cells = (line: string) => line.replace(/ *\| */g, '|').trim()

test('the table of options in the README is what the plugin declares', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [, written = ''] = /<!-- options -->\n+([\s\S]*?)\n*<!-- end -->/.exec(readme) ?? []
  const rows = Object.entries(options as Readonly<Record<string, Field>>).map(row)
  expect(written.split('\n').slice(2).map(cells)).toEqual(rows.map(cells))
})
