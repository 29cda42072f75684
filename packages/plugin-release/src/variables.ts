import { flag, isSecret, list, table, text, whole } from '@dragonfab/core'
import { type DotenvValue, dotenvSchema } from './dotenv/table.ts'
import { releaseName } from './layout.ts'
import { type LinkedEntry, type LinkedInput, parseLinkedEntry } from './linked/linked-path.ts'

/** What describes a deployment with releases. All flat: other plugins and configs use them as `env.releasePath`. */
export const variables = {
  linkedFiles: list({
    help: 'Files in shared/ that every release links to: paths, or { path, missing } with error (the default), create, warn or link',
    default: [],
    parse: (value: LinkedInput): LinkedEntry => parseLinkedEntry(value, 'error'),
  }),
  linkedDirs: list({
    help: 'Directories in shared/ that every release links to: paths, or { path, missing } with create (the default), error, warn or link',
    default: [],
    parse: (value: LinkedInput): LinkedEntry => parseLinkedEntry(value, 'create'),
  }),
  keepReleases: whole({
    help: 'How many good releases to keep on a host; the live one and the one before it are always kept',
    min: 1,
    default: 5,
  }),
  sharedWritable: flag({ help: 'Whether new files and folders in shared/ are writable for their group', default: true }),
  dotenv: table({
    help: 'Environment variables that are written into each release (environmentFile)',
    alias: 'environment',
    default: {},
    parse: dotenvValue,
    check: dotenvSchema,
  }),
  environmentFile: text({ help: 'Where dotenv is written, relative to the release', default: '.env' }),
  dotenvGroup: text({
    help: 'A group that may read the file (mode 0640); without it, only its owner may (0600)',
    pattern: /^(?:[A-Za-z_][A-Za-z0-9._-]{0,31}|\d{1,10})$/,
  }),
  dotenvFormat: text({
    help: 'plain, which systemd can read too, or export, which exports the variables when a shell reads the file',
    choices: ['plain', 'export'],
    default: 'plain',
  }),
  console: text({
    help: "What `shell` opens: a command in the live release; by default Django's console, IPython, the application's own Python, or a login shell",
  }),
  programPaths: list({
    help: 'Folders of programs that `shell` looks at first, absolute or relative to the release. Plugins that build an environment add theirs',
    default: [],
    operand: true,
  }),
  releasesPath: text({ help: 'The folder of releases', default: '%(path)s/releases', operand: true }),
  sharedPath: text({ help: 'The folder of linked files and directories', default: '%(path)s/shared', operand: true }),
  sharedSource: text({
    help: 'The folder on this machine that shared.push takes linked files from, relative to the config; shared/<environment>[/<role>] by default',
    operand: true,
    required: true,
  }),
  currentPath: text({ help: 'The link to the live release', default: '%(path)s/current', operand: true }),
  releasePath: text({
    help: 'The new release, or the target of a rollback; the live release while a release is undone',
    fact: 'from deploy.started on',
    operand: true,
  }),
  release: text({
    help: 'Name of the new release: YYMMDD-HHMMSS in UTC, the same for all hosts',
    alias: 'new_release',
    fact: 'while a release is planned',
    pattern: releaseName,
  }),
  rollbackTo: text({ help: 'The release that a rollback makes live', fact: 'while a rollback is planned', pattern: releaseName }),
  rollbackFrom: text({ help: 'The release that a rollback leaves', fact: 'while a rollback is planned' }),
  currentRelease: text({ help: 'The live release', fact: 'while a rollback is planned' }),
  previousRelease: text({ help: 'The known-good release before the live one', fact: 'while a rollback is planned' }),
} as const

function dotenvValue(value: unknown): DotenvValue {
  if (typeof value === 'string' || typeof value === 'boolean' || isSecret(value)) return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new Error('should be text, a number, true, false or a secret')
}
