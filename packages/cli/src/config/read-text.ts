import { readFileSync } from 'node:fs'
import { type Problem, usageError } from '@dragonfab/core'
import type { Document, DocumentOptions, ParseOptions, SchemaOptions } from 'yaml'

/** How the `yaml` library is to read a file. */
type YamlOptions = ParseOptions & DocumentOptions & SchemaOptions

/**
 * Reads YAML or JSON. Every mistake in the syntax, and every key that stands twice, is told with its line and column.
 * `options` are for YAML of another version. The library takes some 40 ms to load, which other configs need not wait for.
 */
export async function readText(file: string, kind: 'json' | 'yaml', options: YamlOptions = {}): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml')
  const text = readFileSync(file, 'utf8')
  const lines = new LineCounter()
  if (kind === 'json') checkJson(text, file)
  const document = parseDocument(text, {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
    uniqueKeys: true,
    ...options,
  })
  // A tag that nobody knows is only a warning to the library, and would silently become text.
  const open = await unclosed(document)
  const problems = [...document.errors, ...document.warnings].flatMap((error): readonly Problem[] => {
    // All that follows a quote that is not closed stands in it.
    if (open !== undefined && error.pos[0] > open && !isUnclosed(error)) return []
    const { line, col } = lines.linePos(isUnclosed(error) ? (open ?? error.pos[0]) : error.pos[0])
    return [{ code: 'CONFIG_SYNTAX', message: `${file}:${line}:${col}: ${describeSyntax(error.code, error.message)}` }]
  })
  if (problems.length) throw usageError(problems)
  try {
    return document.toJS({ maxAliasCount: 1000 })
  } catch (error) {
    throw usageError({ code: 'CONFIG_SYNTAX', message: `${file}: ${error instanceof Error ? error.message : String(error)}` })
  }
}

const isUnclosed = ({ message }: { readonly message: string }): boolean => /^Missing closing ['"]/.test(message)

/** Where the quote begins that the library misses at the end of the file. */
async function unclosed(document: Document): Promise<number | undefined> {
  const error = document.errors.find(isUnclosed)
  if (!error) return undefined
  const { visit } = await import('yaml')
  let begin: number | undefined
  visit(document, {
    Scalar: (_, { type, range }) => {
      if (type?.startsWith('QUOTE') && range && range[1] >= error.pos[0] - 1) begin = range[0]
    },
  })
  return begin
}

function describeSyntax(code: string, message: string): string {
  if (isUnclosed({ message })) return 'this quote is never closed'
  return code === 'DUPLICATE_KEY' ? 'this key stands here for the second time' : message.replace(/\s+/g, ' ').trim()
}

/** YAML allows more than JSON does. */
function checkJson(text: string, file: string): void {
  const message = jsonProblem(text)
  if (message === undefined) return
  // Not every message of every Node has a position: it is where the shortest beginning ends that no continuation could mend.
  let [good, bad] = [0, text.length + 1]
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (isBeginning(text.slice(0, middle))) good = middle
    else bad = middle
  }
  const before = text.slice(0, Math.min(good, text.length)).split('\n')
  throw usageError({
    code: 'CONFIG_SYNTAX',
    message: `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: ${message.replace(/, ?(\.\.\.)?".*is not valid JSON|(?: in JSON)? at position .*/s, '')}`,
  })
}

function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Whether only the end is missing. */
function isBeginning(text: string): boolean {
  const message = jsonProblem(text)
  return message === undefined || /end of JSON|Unterminated/.test(message) || Number(/position (\d+)/.exec(message)?.[1]) >= text.length
}
