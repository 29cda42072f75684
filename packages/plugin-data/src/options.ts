import { flag, list, text } from '@dragonfab/core'

function parseDirectory(value: unknown): string {
  const isRelative = typeof value === 'string' && /^(?![/-])(?!(?:.*\/)?\.{1,2}(?:\/|$))[^\0-\x1f\x7f]+$/.test(value)
  if (isRelative) return value.replace(/\/+$/, '')
  throw new Error('should be a directory within `data.base`, such as shared/media')
}

/** What stands under `data`. */
export const options = {
  dirs: list({
    help: 'The directories that are brought from one place to another, relative to `base`: shared/media',
    default: [],
    parse: parseDirectory,
  }),
  base: text({
    help: 'Where they lie on the host, an absolute path',
    default: '%(path)s',
    operand: true,
    pattern: /^\/.*/,
    expected: 'be an absolute path',
  }),
  localFolder: text({ help: 'Where they lie on this machine, relative to the config', default: 'data' }),
  source: text({ help: 'The environment that data.refresh brings them from', default: 'production', operand: true }),
  exclude: list({ help: 'Not what one of these patterns meets, those of a .gitignore; nor is it deleted', default: [] }),
  protected: flag({
    help: 'Whether a person, or --yes, must agree before anything there is replaced or deleted; by default in the environment production',
    default: (env) => env.stage === 'production',
  }),
} as const
