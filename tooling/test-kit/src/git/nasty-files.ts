/** A file of a fixture: its text, its bytes, or more about it. */
export type FileSpec = string | Uint8Array | { readonly content: string | Uint8Array; readonly mode: number } | { readonly link: string }

const names: readonly (string | Buffer)[] = [
  'with space',
  '-rf',
  '--checkpoint-action=exec=touch pwned',
  'quote\'quote"quote',
  '$(touch pwned)`touch pwned`;&|<>*?[a]',
  'back\\slash',
  'new\nline',
  'tab\tand\x1b[31mred',
  '%(name)s %s',
  '~',
  ' leading and trailing ',
  'emoji 🐉 ünïcödé',
  'n'.repeat(255),
  Buffer.from('invalid \xff\xfe utf-8', 'latin1'),
]

/** Names and contents that tools get wrong: every name also as a directory, binary and empty files, modes, links. Paths are one character a byte. */
export function createNastyFiles(): Record<string, FileSpec> {
  const files: Record<string, FileSpec> = {
    // At the top, where `rm *` and `tar` would take them for options.
    '-rf': 'not an option\n',
    '--checkpoint-action=exec=touch pwned': 'not an option\n',
    'nasty/empty': '',
    'nasty/binary': Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7919) % 256),
    'nasty/no-final-newline': 'text without an end',
    'nasty/crlf': 'one\r\ntwo\r\n',
    'nasty/executable': { content: '#!/bin/sh\necho run\n', mode: 0o755 },
    'nasty/link-to-file': { link: 'empty' },
    'nasty/link-to-nowhere': { link: '/nowhere at all' },
  }
  for (const name of names) {
    const bytes = (typeof name === 'string' ? Buffer.from(name) : name).toString('latin1')
    files[`nasty/${bytes}`] = `file ${bytes.length}\n`
    files[`nasty/directories/${bytes}/${bytes}`] = `beneath ${bytes.length}\n`
  }
  return files
}
