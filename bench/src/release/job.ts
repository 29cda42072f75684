import { createHash } from 'node:crypto'
import { createGitFixture, type GitFixture } from '@dragonfab/test-kit'

/** The content of a release: 1,000 files of 5,000 bytes that compress like text. Each round changes 20 of them. */
export interface Job {
  readonly url: string
  readonly branch: string
  readonly linkedFiles: readonly string[]
  readonly linkedDirs: readonly string[]
  readonly keep: number
  /** Makes and pushes the next commit, and returns its name. */
  next(): Promise<string>
  remove(): Promise<void>
}

const files = 1_000
const bytes = 5_000
const changed = 20

export async function makeJob(): Promise<Job> {
  const names = Array.from({ length: files }, (_, index) => `src/module-${index % 40}/file-${index}.txt`)
  const content = Object.fromEntries(names.map((name) => [name, words(name, 0)]))
  const repository: GitFixture = await createGitFixture({ content })
  let count = 0
  return {
    url: await repository.serve(),
    branch: 'main',
    // Two of them replace what the repository ships, as a settings file with defaults does.
    linkedFiles: ['.env', 'config/database.yml', 'config/master.key', 'src/module-1/file-1.txt', 'src/module-2/file-2.txt'],
    linkedDirs: ['log', 'public/uploads', 'tmp/cache'],
    keep: 5,
    next: async () => {
      count++
      const some = names.filter((_, index) => index % (files / changed) === count % (files / changed))
      return repository.commit(Object.fromEntries(some.map((name) => [name, words(name, count)])))
    },
    remove: () => repository.remove(),
  }
}

/** Text of words from a vocabulary of 4,096: it compresses to about half. */
function words(name: string, version: number): string {
  let text = ''
  for (let part = 0; text.length < bytes; part++) {
    const hash = createHash('sha256').update(`${name} ${version} ${part}`).digest('hex')
    text += `${(hash.match(/.{3}/g) ?? []).map((each) => `w${each}`).join(' ')}\n`
  }
  return text.slice(0, bytes)
}
