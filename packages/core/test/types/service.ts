import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const here = dirname(fileURLToPath(import.meta.url))
export type Resolution = 'bundler' | 'nodenext'
/** How core is seen: its source, or the declarations that are published. */
export type Seen = 'source' | 'declarations'

const strict: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts'],
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
  allowImportingTsExtensions: true,
}

function optionsFor(resolution: Resolution, seen: Seen): ts.CompilerOptions {
  return {
    ...strict,
    ...(resolution === 'bundler'
      ? { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }
      : { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }),
    ...(seen === 'source' ? { customConditions: ['dragonfab-source'] } : {}),
  }
}

/**
 * TypeScript's language service on files that are not on the disk. Give it all files before the first question: they are one program, and
 * each later change makes another.
 */
export class Service {
  readonly #files = new Map<string, string>()
  readonly #service: ts.LanguageService

  constructor(resolution: Resolution, seen: Seen, beside: ReadonlyMap<string, string> = new Map()) {
    const options = optionsFor(resolution, seen)
    const folders = new Set([...beside.keys()].flatMap(parents))
    const read = (name: string) => this.#files.get(name) ?? beside.get(name) ?? ts.sys.readFile(name)
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getScriptFileNames: () => [...this.#files.keys()],
      getScriptVersion: (name) => this.#files.get(name) ?? '',
      getScriptSnapshot: (name) => {
        const text = read(name)
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
      },
      getCurrentDirectory: () => here,
      getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
      fileExists: (name) => this.#files.has(name) || beside.has(name) || ts.sys.fileExists(name),
      readFile: read,
      directoryExists: (name) => folders.has(name) || ts.sys.directoryExists(name),
      getDirectories: (name) => ts.sys.getDirectories(name),
    })
  }

  put(file: string, text: string): void {
    this.#files.set(file, text)
  }

  /** Each error's line, and the word that it underlines. */
  errors(file: string): readonly { readonly line: number; readonly word: string; readonly message: string }[] {
    const text = this.#files.get(file) ?? ''
    return [...this.#service.getSyntacticDiagnostics(file), ...this.#service.getSemanticDiagnostics(file)].map(
      ({ start = 0, length = 0, messageText }) => ({
        line: text.slice(0, start).split('\n').length,
        word: text.slice(start, start + length),
        message: ts.flattenDiagnosticMessageText(messageText, '\n'),
      }),
    )
  }

  /** What an editor offers at `position`. */
  completions(file: string, position: number): readonly string[] {
    return this.#service.getCompletionsAtPosition(file, position, {})?.entries.map(({ name }) => name) ?? []
  }
}

const parents = (name: string): string[] => (name === dirname(name) ? [] : [dirname(name), ...parents(dirname(name))])

/** The declarations that TypeScript makes of core and of the fixture plugins, as they would lie in `node_modules`. */
export function published(root: string): ReadonlyMap<string, string> {
  const core = join(here, '../../src')
  const plugins = join(here, 'fixtures/plugins.ts')
  const options: ts.CompilerOptions = {
    ...optionsFor('bundler', 'source'),
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    // One root for both, so that emitted paths mirror the sources.
    rootDir: join(here, '../..'),
    outDir: join(root, 'emitted'),
  }
  const program = ts.createProgram([join(core, 'index.ts'), plugins], options)
  const files = new Map<string, string>()
  const place = (name: string) =>
    name
      .replace(join(root, 'emitted/src'), join(root, 'node_modules/@dragonfab/core'))
      .replace(join(root, 'emitted/test/types/fixtures/plugins'), join(root, 'node_modules/fixture-plugins/index'))
  const { diagnostics } = program.emit(undefined, (name, text) => files.set(place(name), text))
  if (diagnostics.length)
    throw new Error(
      ts.formatDiagnostics(diagnostics, { getCanonicalFileName: (name) => name, getCurrentDirectory: () => here, getNewLine: () => '\n' }),
    )
  for (const name of ['@dragonfab/core', 'fixture-plugins']) {
    files.set(
      join(root, 'node_modules', name, 'package.json'),
      JSON.stringify({ name, type: 'module', exports: { '.': { types: './index.d.ts' } } }),
    )
  }
  files.set(join(root, 'package.json'), JSON.stringify({ name: 'shop', type: 'module' }))
  return files
}
