import { type CoreEnv, type FieldValues, list, text, whole } from '@dragonfab/core'

/** What stands under `linkchecker`. */
export const options = {
  url: text({
    help: 'Where it begins: the address of the site. Pages below it are read, and their links followed',
    pattern: /^https?:\/\/[^\s]+/,
    expected: 'be an address: https://shop.example.org/',
  }),
  external: text({
    help: 'What is done with links to other sites: ignore, check (asked for, never failing), or require',
    choices: ['ignore', 'check', 'require'],
    default: 'ignore',
  }),
  exclude: list({ help: 'Addresses that contain one of these are left out: /logout, ?sort=', default: [] }),
  pages: whole({ help: 'How many addresses are asked for at most', default: 2000, min: 1, max: 1_000_000 }),
  parallel: whole({ help: 'How many at the same time', default: 8, min: 1, max: 100 }),
  timeout: whole({ help: 'Seconds that an answer may take', default: 20, min: 1, max: 600 }),
} as const

export type LinkcheckerEnv = CoreEnv & { readonly linkchecker: FieldValues<typeof options> }
