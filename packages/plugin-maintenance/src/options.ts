import { flag, text } from '@dragonfab/core'

/** The options under `maintenance`. */
export const options = {
  folder: text({
    help: 'The folder on the host that holds the flag, a file `on`, and the splash page, `page/index.html`',
    default: '%(path)s/maintenance',
    operand: true,
    pattern: /^\/.*[^/]$/,
    expected: 'be an absolute path without a trailing slash',
  }),
  page: text({
    help: 'A folder on this machine, relative to the config, that holds the splash page as index.html; a plain page with `message` by default',
  }),
  message: text({ help: 'The text of the plain page', default: 'This site is being updated. Please come back in a few minutes.' }),
  hasWebServer: flag({
    help: 'Whether these hosts have a web server that looks for the flag; false for roles without one',
    default: true,
  }),
  onFailure: text({
    help: 'What to do if a run that put the site into maintenance fails: make it live again (live), or leave it in maintenance (stay)',
    choices: ['live', 'stay'],
    default: 'live',
  }),
  url: text({
    help: 'An address of the site. It is requested from this machine until it answers 503 in maintenance, and another status afterwards',
    pattern: /^https?:\/\/.+/,
    expected: 'be an address: https://shop.example.org/',
  }),
} as const
