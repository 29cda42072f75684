import { flag, text } from '@dragonfab/core'

/** What stands under `fis`, as the original has it. */
export const options = {
  source: text({ help: 'The folder of the release that fis builds, relative to it', default: '.', operand: true }),
  dest: text({
    help: 'Where fis puts what it builds: one of its deploy targets, or a path, relative to source',
    required: true,
    operand: true,
  }),
  conf: text({ help: 'The configuration of fis, relative to source', default: 'fis-conf.js', operand: true }),
  md5: flag({ help: 'Whether names carry a hash (--md5)', default: true }),
  optimize: flag({ help: 'Whether files are made smaller (--optimize)', default: true }),
  pack: flag({ help: 'Whether files are put together (--pack)', default: true }),
  domains: flag({ help: 'Whether addresses get a domain (--domains)', default: false }),
  output: flag({ help: 'Whether what fis prints is shown although it succeeds', default: false }),
} as const
