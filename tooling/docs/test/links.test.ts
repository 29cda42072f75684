import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { workspaceRoot } from '@dragonfab/test-kit'
import { describe, expect, test } from 'vitest'
import { documents, read } from '../src/snippets.ts'

/** A heading as GitHub names it in links. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
const anchors = (file: string): readonly string[] => [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchor(heading))

describe('links within the documentation', () => {
  test.each(documents())('%s', (file) => {
    const links = [...read(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^https?:/.test(link))
    const broken = links.filter((link) => {
      const [path = '', name] = link.split('#')
      const target = path === '' ? file : join(dirname(file), path)
      if (!existsSync(join(workspaceRoot, target))) return true
      return name !== undefined && !anchors(target).includes(name)
    })
    expect(broken).toEqual([])
  })

  test('every page stands in docs/README.md', () => {
    const pages = documents().filter((file) => file.startsWith('docs/') && file !== 'docs/README.md')
    expect(pages.filter((file) => !read('docs/README.md').includes(`](${file.slice('docs/'.length)})`))).toEqual([])
  })
})

describe('docs/signals.md', () => {
  test('names every event of a run', () => {
    const source = readFileSync(join(workspaceRoot, 'packages/core/src/signals/events.ts'), 'utf8')
    const [, body = ''] = /export interface RunEvents \{\n([\s\S]*?)\n\}/.exec(source) ?? []
    const events = [...body.matchAll(/^ {2}'?([a-z:]+)'?: /gm)].map(([, name = '']) => name)
    expect(events.length).toBeGreaterThan(10)
    expect(events.filter((name) => !read('docs/signals.md').includes(`\`${name}\``) && name !== 'signal')).toEqual([])
  })
})
