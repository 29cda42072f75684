import { list, text } from '@dragonfab/core'

/** What stands under `upload`. */
export const options = {
  folder: text({
    help: 'The folder of this machine whose contents become the release, relative to the config',
    default: 'dist',
    operand: true,
  }),
  build: text({ help: 'Shell text that makes it, on this machine, once and before any host is touched: npm run build' }),
  include: list({ help: 'Only what one of these patterns meets, those of a .gitignore; everything by default', default: [] }),
  exclude: list({ help: 'Not what one of these patterns meets', default: ['.git'] }),
  unchanged: text({
    help: 'What a host does with files that it has from the upload before: copy, link (hard links, read-only files), or send to have them sent again',
    choices: ['copy', 'link', 'send'],
    default: 'copy',
  }),
  method: text({ help: 'tar, or rsync, which must be installed on both ends', choices: ['tar', 'rsync'], default: 'tar' }),
} as const
