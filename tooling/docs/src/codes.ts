import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { workspaceRoot } from '@dragonfab/test-kit'

/** Where a code is given to a problem: `code: 'X'`, or the first argument of what makes problems. */
const given = /(?:\bcode:\s*|\b(?:report|problem|fail|refuse)\(\s*)'([A-Z][A-Z0-9_]*)'/g
/** A literal that looks like a code, wherever it stands. */
const alike = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g
/** What looks like one: variables of a session or of this machine, and codes of Node's own errors or between two functions of one package. */
const others = /^(DF_|DFAB_|ERR_|EAI_|NODE_|XDG_|SSH_AUTH_SOCK$|GIT_[A-Z]+_(NAME|EMAIL)$|DUPLICATE_KEY$|MODULE_NOT_FOUND$)/

/** Every error code in the sources, with the files that give it. */
export function codesInSources(): ReadonlyMap<string, readonly string[]> {
  const codes = new Map<string, string[]>()
  const packages = join(workspaceRoot, 'packages')
  const files = readdirSync(packages, { recursive: true, encoding: 'utf8' }).filter(
    (name) => /^[\w-]+\/src\/.*\.ts$/.test(name) && !name.endsWith('.test.ts'),
  )
  for (const file of files) {
    const text = readFileSync(join(packages, file), 'utf8')
    for (const pattern of [given, alike]) {
      for (const [, code = ''] of text.matchAll(pattern)) {
        if (others.test(code)) continue
        codes.set(code, [...new Set([...(codes.get(code) ?? []), file])])
      }
    }
  }
  return codes
}
