import { type CoreEnv, type FieldValues, list, text, whole } from '@dragonfab/core'

/** The options under `linkchecker`. */
export const options = {
  url: text({
    help: 'The address of the site. Pages below it are read, and their links are followed',
    pattern: /^https?:\/\/[^\s]+/,
    expected: 'be an address: https://shop.example.org/',
  }),
  external: text({
    help: 'Links to other sites: ignore, check (report broken ones), or require (fail)',
    choices: ['ignore', 'check', 'require'],
    default: 'ignore',
  }),
  exclude: list({ help: 'Addresses that contain one of these texts are skipped: /logout, ?sort=', default: [] }),
  pages: whole({ help: 'How many addresses are requested at most', default: 2000, min: 1, max: 1_000_000 }),
  parallel: whole({ help: 'How many are requested at the same time', default: 8, min: 1, max: 100 }),
  timeout: whole({ help: 'Seconds that an answer may take', default: 20, min: 1, max: 600 }),
} as const

export type LinkcheckerEnv = CoreEnv & { readonly linkchecker: FieldValues<typeof options> }
