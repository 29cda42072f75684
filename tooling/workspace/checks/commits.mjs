// The rules for commit messages, for the commit-msg hook and for `npm run check`.
import { root, run } from '../lib/root.mjs'

/** The file that was added with this check. Commits before it do not follow the rules. */
const since = 'tooling/workspace/checks/commits.mjs'
const subjectLimit = 72

/** The problems of a message, one sentence each. `git commit -v` appends the diff below a scissors line, and comments start with `#`. */
export function messageProblems(message) {
  const [text = ''] = message.split(/^# -+ >8 -+$/m)
  const [subject = '', blank = '', ...body] = text.split('\n').filter((line) => !line.startsWith('#'))
  // Git writes these messages itself. A fixup is squashed into another commit before it is shared.
  if (/^(Merge|Revert|fixup!|squash!|amend!) ?/.test(subject)) return []
  const [verb = ''] = subject.split(' ')
  return [
    subject === '' && 'the subject is empty',
    subject.length > subjectLimit &&
      `the subject has ${subject.length} characters, ${subjectLimit} is the limit: move the why into the body`,
    !/^[A-Z]/.test(subject) && 'the subject should start with a capital letter',
    /[.;:,]$/.test(subject) && 'the subject should not end with punctuation',
    /(ed|ing|[^s]s)$/.test(verb) && !imperative.has(verb) && `the subject should be imperative: “Add a flag”, not “${verb} a flag”`,
    /;/.test(subject) && 'the subject says two things: make two commits',
    blank !== '' && 'the second line should be blank',
    body.some((line) => line.length > 200) && 'a line of the body has more than 200 characters',
  ].filter(Boolean)
}

/** Imperatives that end like another form of a verb. */
const imperative = new Set(['Bring', 'Embed', 'Feed', 'Focus', 'Need', 'Ping', 'Seed', 'Shed', 'Speed', 'String'])

/** The messages since the rules exist. A shallow clone and a tarball have no history, so nothing is checked there. */
export async function commits() {
  const git = (...argv) => run(['git', '-C', root, ...argv])
  const first = await git('log', '--diff-filter=A', '--format=%H', '--', since)
  const [start] = first.status === 0 ? first.output.trim().split('\n').reverse() : []
  if (!start) return []
  const log = await git('log', '--format=%h%x00%B%x1e', `${start}..HEAD`)
  if (log.status !== 0) return [log.output]
  return log.output
    .split('\x1e')
    .map((entry) => entry.trim().split('\0'))
    .filter(([hash]) => hash)
    .flatMap(([hash, message = '']) => messageProblems(message).map((problem) => `${hash} ${message.split('\n')[0]}\n  ${problem}`))
}
