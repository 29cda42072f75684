import ignore from 'ignore'

/** Selects files of a folder. Patterns are as in a .gitignore: `*.map`, `node_modules`, `/top.txt`, `!kept`. */
export interface PathFilter {
  /** Selects only files that match one of these, and everything in folders that match. By default all files. */
  readonly include?: readonly string[] | undefined
  /** Leaves out files that match one of these, and everything in folders that match. */
  readonly exclude?: readonly string[] | undefined
}

/** `inside`: whether a folder has to be looked into, though it may not be meant itself. */
interface PathPicker {
  readonly isMeant: (path: string, isFolder: boolean) => boolean
  readonly mayContain: (path: string) => boolean
}

const matchOptions = { ignorecase: false, allowRelativePaths: false } as const

/** Paths are relative, with `/` between their parts. Each character is a byte of the name in the file system. */
export function createPicker({ include = [], exclude = [] }: PathFilter): PathPicker {
  const [wanted, unwanted] = [ignore(matchOptions).add(toBytePatterns(include)), ignore(matchOptions).add(toBytePatterns(exclude))]
  const isExcluded = (path: string): boolean => exclude.length > 0 && unwanted.ignores(toMatchName(path))
  return {
    isMeant: (path, isFolder) => {
      const name = isFolder ? `${path}/` : path
      return !isExcluded(name) && (include.length === 0 || wanted.ignores(toMatchName(name)))
    },
    mayContain: (path) => !isExcluded(`${path}/`),
  }
}

/** Replacements for escaped special characters. No path has such a character, because each of its characters is a byte. */
const literalSigns: Readonly<Record<string, string>> = { '*': '\u0100', '?': '\u0101', '\\': '\u0102' }

/** The library would read `\*` as “everything”, so escaped characters are replaced. */
const toBytePatterns = (patterns: readonly string[]): string[] =>
  patterns.map((each) =>
    Buffer.from(each)
      .toString('latin1')
      .replace(/\\(.)/gs, (pair, sign: string) => literalSigns[sign] ?? pair),
  )

const toMatchName = (path: string): string => path.replace(/[*?\\]/g, (sign) => literalSigns[sign] ?? sign)
