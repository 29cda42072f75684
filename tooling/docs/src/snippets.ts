import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { workspaceRoot } from '@dragonfab/test-kit'

/** A fenced block of a document. */
export interface Snippet {
  /** `docs/configuration.md:12`, where its text begins. */
  readonly place: string
  readonly file: string
  /** `ts`, `yaml`, `sh`; empty for plain text. */
  readonly language: string
  /** What follows the language: `config` (a piece of a configuration), `plugins/notify.ts` (a file of that name). */
  readonly info: string
  readonly text: string
}

/** The documents that a user reads, from the root of the workspace. */
export function documents(): readonly string[] {
  const inFolder = (folder: string): string[] =>
    readdirSync(join(workspaceRoot, folder)).flatMap((name) => (name.endsWith('.md') ? [`${folder}/${name}`] : []))
  const packages = readdirSync(join(workspaceRoot, 'packages')).flatMap((name) => inFolder(`packages/${name}`))
  const examples = readdirSync(join(workspaceRoot, 'examples')).flatMap((name) => inFolder(`examples/${name}`))
  return ['README.md', ...inFolder('docs'), ...packages, ...examples].filter((name) => !name.endsWith('CHANGELOG.md'))
}

export const read = (file: string): string => readFileSync(join(workspaceRoot, file), 'utf8')

export function snippetsOf(file: string): readonly Snippet[] {
  const text = read(file)
  return [...text.matchAll(/^```(\S*)[ \t]*(.*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, language = '', info = '', body = ''] = match
    const line = text.slice(0, match.index).split('\n').length + 1
    return { place: `${file}:${line}`, file, language, info: info.trim(), text: body }
  })
}

/** A snippet as a module: a piece of a configuration stands in one that has all around it. Lines keep their order; `offset` were added before. */
export function moduleOf(snippet: Snippet): { readonly text: string; readonly offset: number } {
  if (snippet.info !== 'config') return { text: snippet.text, offset: 0 }
  const own = (key: string): boolean => new RegExp(`^${key}:`, 'm').test(snippet.text)
  const around = [
    "import git from '@dragonfab/plugin-git'",
    "import { defineConfig, secret } from 'dragonfab'",
    'export const unused = [secret]',
    'export default defineConfig({',
    "appName: 'shop',",
    ...(own('plugins') ? [] : ["plugins: [git({ repo: 'git@git.example.org:shop.git' })],"]),
    ...(own('vars') ? [] : ["vars: { apiUrl: 'http://localhost:8000' },"]),
  ]
  return { text: `${around.join('\n')}\n${snippet.text}})\n`, offset: around.length }
}
