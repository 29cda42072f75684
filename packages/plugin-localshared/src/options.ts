import { flag, text } from '@dragonfab/core'

/** What stands under `localshared`. */
export const options = {
  source: text({
    help: 'The directory on the host that holds the linked files and directories, laid out as in shared/; without it nothing is copied',
    operand: true,
    pattern: /\/.*/,
    expected: 'be an absolute path',
  }),
  update: flag({
    help: 'Whether a linked file that differs from its source is replaced, as fapistrano does without a word; directories never are',
    default: false,
  }),
} as const
