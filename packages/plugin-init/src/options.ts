import { list, text } from '@dragonfab/core'

/** A directory that must exist. */
export interface InitPath {
  readonly path: string
  readonly owner?: string | undefined
  readonly group?: string | undefined
  /** Octal: `2775`. */
  readonly mode?: string | undefined
}

/** How a config may write an {@link InitPath}. */
type InitInput = string | { readonly path: string; readonly owner?: string; readonly group?: string; readonly mode?: string | number }

const userName = /^[a-z_][a-z0-9_.-]*\$?$/i

function parseInitPath(value: unknown): InitPath {
  const input = typeof value === 'string' ? { path: value } : value
  if (typeof input !== 'object' || input === null) throw new Error('should be a path, or { path, owner, group, mode }')
  const { path, owner, group, mode, ...more } = input as Record<string, unknown>
  const [other] = Object.keys(more)
  if (other !== undefined) throw new Error(`has ${other}, which is not one of path, owner, group, mode`)
  if (typeof path !== 'string' || !/^(\/|~\/|%\()[^\0-\x1f\x7f]*$/.test(path)) throw new Error('should have an absolute path')
  for (const [field, each] of Object.entries({ owner, group }))
    if (each !== undefined && (typeof each !== 'string' || !userName.test(each))) throw new Error(`should name a user or group as ${field}`)
  if (mode !== undefined && !/^[0-7]{3,4}$/.test(String(mode))) throw new Error("should have a mode in octal, such as '2775'")
  return {
    path,
    owner: owner as string | undefined,
    group: group as string | undefined,
    mode: mode === undefined ? undefined : String(mode),
  }
}

/** The options under `init`. */
export const options = {
  paths: list({
    help: 'Directories that must exist: a path, or { path, owner, group, mode }',
    default: ['%(path)s'],
    parse: (value: InitInput): InitPath => parseInitPath(value),
  }),
  checks: list({ help: 'Commands that must succeed on every host once it is prepared: python3 --version', default: [] }),
  sudoUser: text({
    help: 'The user who creates directories, in a separate session: `root`. By default, the user who runs all steps, with `sudo -n` if that user may not',
    operand: true,
  }),
} as const
