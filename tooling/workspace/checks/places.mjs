import { readFileSync, statSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { root, run } from '../lib/root.mjs'

/** Directories that many machines have, so that their names reveal nothing about this one. */
const common = ['/', '/home', '/root', '/tmp', '/srv', '/opt', '/usr/src', '/var/tmp', '/builds', '/app']

/** Checks that no file names the directory, home or machine of its author. These are determined when the check runs. */
export async function places(base = root) {
  const { status, output } = await run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: base })
  if (status !== 0) return [`git cannot list the files: ${output}`]
  const telling = [base, dirname(base), homedir()].filter((place) => !common.includes(place))
  const patterns = telling.map((place) => [place, new RegExp(`(?<![\\w.-/])${literally(place)}(?![\\w-])`)])
  if (/\d|-/.test(hostname())) patterns.push([hostname(), new RegExp(`\\b${literally(hostname())}\\b`)])
  return output
    .split('\0')
    .filter((name) => name && statSync(join(base, name), { throwIfNoEntry: false })?.isFile())
    .flatMap((name) => {
      const text = readFileSync(join(base, name), 'latin1')
      return patterns.filter(([, pattern]) => pattern.test(text)).map(([place]) => `${name} names ${place}`)
    })
}

function literally(text) {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
