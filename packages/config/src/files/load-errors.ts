import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDragonfabError, type Problem } from '@dragonfab/core'

interface SourcePosition {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** The length of the text that jiti puts before the first line of a module. */
const wrapperLength = '(async function (exports, require, module, __filename, __dirname, jitiImport, jitiESMResolve) { '.length

/** Returns the text that jiti evaluated, with its source map. */
export type Transform = (file: string, source: string) => string

/**
 * Describes why a file of the project could not be loaded, with the place in the file and without our own stack. `transform` maps the place
 * back to the source if the file is TypeScript.
 */
export async function describeThrown(error: unknown, file: string, directory: string, transform?: Transform): Promise<readonly Problem[]> {
  const missing = missingPackage(error)
  if (missing) {
    const { installCommand } = await import('create-dragonfab')
    return [
      {
        code: 'PACKAGE_MISSING',
        message: `${displayPath(file)} imports ${missing}, which is not installed`,
        remedy: await installCommand(directory, [missing]),
      },
    ]
  }
  const parse = /^ParseError: (.*)\n\s*(.*):(\d+):(\d+)/.exec(messageOf(error))
  if (parse)
    return [syntaxProblem({ file: parse[2] ?? file, line: Number(parse[3]), column: Number(parse[4]) + 1 }, (parse[1] ?? '').trim())]
  if (error instanceof SyntaxError && !findProjectFrame(error.stack ?? '', directory)) {
    const place = parsePointer(error.stack ?? '') ?? (await checkSyntax(file))
    return [place ? syntaxProblem(place, error.message) : { code: 'CONFIG_SYNTAX', message: `${displayPath(file)}: ${error.message}` }]
  }
  const place = findSourcePosition(error, directory, transform) ?? displayPath(file)
  if (isDragonfabError(error)) return error.problems.map((each) => ({ ...each, message: `${place}: ${each.message}` }))
  return [{ code: 'CONFIG_THREW', message: `${place}: ${messageOf(error)}` }]
}

function syntaxProblem({ file, line, column }: SourcePosition, message: string): Problem {
  return { code: 'CONFIG_SYNTAX', message: `${displayPath(file)}:${line}:${column}: ${message}` }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${typeof error === 'string' ? `‘${error}’` : String(error)}`
  return error.name === 'Error' || error.message.startsWith('ParseError') ? error.message : `${error.name}: ${error.message}`
}

/** The package that an import did not find. Undefined for any other error. */
function missingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !/^(ERR_)?MODULE_NOT_FOUND$/.test(String(error.code))) return undefined
  const name = /^Cannot find (?:package|module) '([^']+)'/.exec(error.message)?.[1]
  return name && !/^[./]|^file:|^[a-zA-Z]:\\/.test(name) ? /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] : undefined
}

/** The place where a file of the project threw an error, `dragonfab.config.ts:12:5`. Undefined if it was thrown in another file. */
export function findSourcePosition(error: unknown, directory: string, transform: Transform | undefined): string | undefined {
  const frame = error instanceof Error || isDragonfabError(error) ? findProjectFrame(error.stack ?? '', directory) : undefined
  if (!frame) return undefined
  const { file, line, column } = transform && /\.[cm]?ts$/.test(frame.file) ? mapToSource(frame, transform) : frame
  return `${displayPath(file)}:${line}:${column}`
}

/** The first line of the stack in a file of the project. */
function findProjectFrame(stack: string, directory: string): SourcePosition | undefined {
  for (const [, where, line, column] of stack.matchAll(/\n\s+at (?:.*\()?((?:file:\/\/)?\/.*?):(\d+):(\d+)\)?(?=\n|$)/g)) {
    const file = where?.startsWith('file:') ? fileURLToPath(where) : (where ?? '')
    if (file.startsWith(directory) && !/[/\\]node_modules[/\\]/.test(file)) return { file, line: Number(line), column: Number(column) }
  }
  return undefined
}

function mapToSource(place: SourcePosition, transform: Transform): SourcePosition {
  try {
    const code = transform(place.file, readFileSync(place.file, 'utf8'))
    const map = /sourceMappingURL=data:application\/json;(?:charset=utf-8;)?base64,(\S+)/.exec(code)?.[1]
    if (!map) return place
    const entry = new SourceMap(JSON.parse(Buffer.from(map, 'base64').toString())).findEntry(
      place.line - 1,
      place.column - 1 - (place.line === 1 ? wrapperLength : 0),
    )
    return 'originalLine' in entry ? { file: place.file, line: entry.originalLine + 1, column: entry.originalColumn + 1 } : place
  } catch {
    return place
  }
}

/** Parses the pointer that Node prints: the file and line, the line's text, and carets under the mistake. */
function parsePointer(text: string): SourcePosition | undefined {
  const [, where = '', line, indent = ''] = /^((?:file:\/\/)?\/.*):(\d+)\n.*\n( *)\^/.exec(text) ?? []
  if (!line) return undefined
  return { file: where.startsWith('file:') ? fileURLToPath(where) : where, line: Number(line), column: indent.length + 1 }
}

/** Node prints the place of a syntax error in a module only on stderr, so this runs another Node to read it from there. */
function checkSyntax(file: string): Promise<SourcePosition | undefined> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--check', file],
      { env: { ...process.env, NODE_OPTIONS: '' }, timeout: 10_000 },
      (_error, _stdout, stderr) => resolve(parsePointer(stderr)),
    )
  })
}

/** A path as people type it: relative if that is shorter. */
function displayPath(file: string): string {
  const near = relative(process.cwd(), file)
  return near && !near.startsWith('..') ? near : file
}
