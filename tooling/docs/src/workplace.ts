import { mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { workspaceRoot } from '@dragonfab/test-kit'
import ts from 'typescript'

/** A folder outside of the workspace in which snippets find the packages as a project of a user does: built, by their names. */
export function workplace(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dragonfab-docs-'))
  symlinkSync(join(workspaceRoot, 'tooling/docs/node_modules'), join(folder, 'node_modules'))
  return folder
}

/** What tsc says of these files, under `bundler`, as strict as it can be: `file:line: message`. */
export function typeErrors(files: readonly string[]): readonly string[] {
  const program = ts.createProgram([...files], {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: ['node'],
    typeRoots: [join(workspaceRoot, 'node_modules/@types')],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    noEmit: true,
  })
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file ? ts.getLineAndCharacterOfPosition(file, start).line + 1 : 0
    return `${file?.fileName ?? ''}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}
