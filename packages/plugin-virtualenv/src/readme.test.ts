import { readFileSync } from 'node:fs'
import type { Field } from '@dragonfab/core'
import { expect, test } from 'vitest'
import { toolsOptions, virtualenvOptions, wrapperOptions } from './options.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

function rowOf(plugin: string, [name, field]: [string, Field]): string {
  const value = field.default === undefined || typeof field.default === 'function' ? '' : `\`${JSON.stringify(field.default)}\``
  const kind = field.choices
    ? field.choices.map((choice) => `\`'${choice}'\``).join(', ')
    : field.kind === 'secretText'
      ? 'secret'
      : field.kind
  return `| ${[`\`${name}\``, kind, value, field.help, `\`${plugin}_${snake(name)}\``].join(' | ')} |`
}

test.each([
  ['virtualenv', virtualenvOptions],
  ['virtualenvwrapper', wrapperOptions],
  ['virtualenvtools', toolsOptions],
])('the table of options of %s in the README is what the plugin declares', (plugin, options) => {
  const [, written = ''] = new RegExp(`<!-- options ${plugin} -->\\n+([\\s\\S]*?)\\n*<!-- end -->`).exec(readme) ?? []
  const head = ['| option | kind | default | meaning | also called |', '|---|---|---|---|---|']
  const rows = Object.entries(options as Readonly<Record<string, Field>>).map((each) => rowOf(plugin, each))
  expect(written).toBe([...head, ...rows].join('\n'))
})
