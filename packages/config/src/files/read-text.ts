import { readFileSync } from 'node:fs'
import { type Problem, usageError } from '@dragonfab/core'
import type { ParseError } from 'jsonc-parser'
import type { Document, DocumentOptions, ParseOptions, SchemaOptions } from 'yaml'

/** Options of the `yaml` library. */
type YamlOptions = ParseOptions & DocumentOptions & SchemaOptions

/**
 * Reads YAML or JSON. Every syntax error and every duplicate key is reported with its line and column.
 * `options` are for other versions of YAML. The library takes about 40 ms to load, so it is loaded only for these files.
 */
export async function readText(file: string, kind: 'json' | 'yaml', options: YamlOptions = {}): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml')
  const text = readFileSync(file, 'utf8')
  const lines = new LineCounter()
  if (kind === 'json') await checkJson(text, file)
  const document = parseDocument(text, {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
    uniqueKeys: true,
    ...options,
  })
  // The library only warns about an unknown tag, and the value would silently become text.
  const open = await findUnclosedQuote(document)
  const problems = [...document.errors, ...document.warnings].flatMap((error): readonly Problem[] => {
    // Everything after an unclosed quote is part of it.
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

/** Finds where an unclosed quote begins: the library reports it at the end of the file. */
async function findUnclosedQuote(document: Document): Promise<number | undefined> {
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
  return code === 'DUPLICATE_KEY' ? 'this key is a duplicate' : message.replace(/\s+/g, ' ').trim()
}

/** YAML allows more than JSON does. Node reports the mistake, but not all versions report where it is. */
async function checkJson(text: string, file: string): Promise<void> {
  try {
    JSON.parse(text)
  } catch (error) {
    const { parse } = await import('jsonc-parser')
    const errors: ParseError[] = []
    parse(text, errors, { disallowComments: true })
    const before = text.slice(0, errors[0]?.offset ?? text.length).split('\n')
    const message = (error instanceof Error ? error.message : String(error)).replace(
      /, ?(\.\.\.)?".*is not valid JSON|(?: in JSON)? at position .*/s,
      '',
    )
    throw usageError({ code: 'CONFIG_SYNTAX', message: `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: ${message}` })
  }
}
