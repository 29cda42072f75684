import { list, text } from '@dragonfab/core'

/** The options under `upload`. */
export const options = {
  folder: text({
    help: 'The folder on this machine whose contents become the release, relative to the config',
    default: 'dist',
    operand: true,
  }),
  build: text({ help: 'The command that builds the folder; runs once on this machine, before anything changes on a host: npm run build' }),
  include: list({
    help: 'Include only files that match one of these patterns, written as in a .gitignore; all files by default',
    default: [],
  }),
  exclude: list({ help: 'Exclude files that match one of these patterns', default: ['.git'] }),
  unchanged: text({
    help: 'How a host gets files that it has from the previous upload: copy, link (hard links, read-only files), or send (send them again)',
    choices: ['copy', 'link', 'send'],
    default: 'copy',
  }),
  method: text({ help: 'tar, or rsync, which must be installed on both ends', choices: ['tar', 'rsync'], default: 'tar' }),
} as const
