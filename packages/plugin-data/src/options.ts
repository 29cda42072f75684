import { flag, list, text } from '@dragonfab/core'

function parseDirectory(value: unknown): string {
  const isRelative = typeof value === 'string' && /^(?![/-])(?!(?:.*\/)?\.{1,2}(?:\/|$))[^\0-\x1f\x7f]+$/.test(value)
  if (isRelative) return value.replace(/\/+$/, '')
  throw new Error('should be a directory within `data.base`, such as shared/media')
}

/** The options under `data`. */
export const options = {
  dirs: list({
    help: 'The directories to copy, relative to `base`: shared/media',
    default: [],
    parse: parseDirectory,
  }),
  base: text({
    help: 'The folder on the host that contains them, an absolute path',
    default: '%(path)s',
    operand: true,
    pattern: /^\/.*/,
    expected: 'be an absolute path',
  }),
  localFolder: text({ help: 'The folder on this machine that contains them, relative to the config', default: 'data' }),
  source: text({ help: 'The environment that data.refresh copies from', default: 'production', operand: true }),
  exclude: list({ help: 'Files that match one of these .gitignore patterns are not copied and not deleted', default: [] }),
  protected: flag({
    help: 'Ask for confirmation (or --yes) before anything on a host is replaced or deleted. By default true in the environment production',
    default: (env) => env.stage === 'production',
  }),
} as const
