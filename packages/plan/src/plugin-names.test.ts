import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** What plugins bring: their names are theirs, so that another plugin can bring the same. */
const words = /['"`.](?:deb\.(?:build|deploy)|init|currentPath|releasePath|rollbackTo)\b/

test.each(['core', 'plan', 'run', 'cli'])('%s names no task and no variable of a plugin', (name) => {
  const source = join(import.meta.dirname, '../..', name, 'src')
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  // `new`, `deployfile` and the plugins that a name in YAML means are about given plugins.
  const checked = files.filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !(name === 'cli' && /^(?:new|deployfile|config)\//.test(file)),
  )
  const named = checked.flatMap((file) =>
    readFileSync(join(source, file), 'utf8')
      .split('\n')
      .flatMap((line) => (words.test(line.replace(/^\s*(?:\/\*\*|\*|\/\/).*/, '')) ? [`${file}: ${line.trim()}`] : [])),
  )
  expect(named).toEqual([])
})
