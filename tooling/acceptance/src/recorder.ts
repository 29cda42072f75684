import { chmod, chown, mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestUser } from '@dragonfab/test-kit'

/** Keeps what arrives on the standard input of everything that sshd starts, byte for byte. */
export interface Recorder {
  /** A line of sshd_config. */
  readonly config: string
  /** What sessions were sent since the last call, in order: the scripts that they evaluated, by their frames. */
  take(): Promise<readonly RecordedSession[]>
}

export interface RecordedSession {
  /** Ids of frames and their texts: `set 1`, `run 0.0.0.0`. */
  readonly frames: readonly { readonly header: string; readonly text: string }[]
  readonly bytes: Buffer
}

/** The user must be able to write there. */
export async function createRecorder(user: TestUser): Promise<Recorder> {
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-recorder-'))
  const records = join(directory, 'records')
  await mkdir(records)
  await chmod(directory, 0o755)
  await chown(records, user.uid, user.gid)
  const program = join(directory, 'record')
  // What the login shell would have been given, with all of its input kept on the way.
  await writeFile(program, `#!/bin/sh\ntee "$(mktemp ${records}/XXXXXXXX)" | sh -c "$SSH_ORIGINAL_COMMAND"\n`)
  await chmod(program, 0o755)
  const seen = new Set<string>()
  return {
    config: `ForceCommand ${program}`,
    take: async () => {
      const names = (await readdir(records)).filter((name) => !seen.has(name))
      const files = await Promise.all(names.map(async (name) => ({ name, since: (await stat(join(records, name))).birthtimeMs })))
      files.sort((one, other) => one.since - other.since)
      for (const { name } of files) seen.add(name)
      return Promise.all(files.map(async ({ name }) => sessionOf(await readFile(join(records, name)))))
    },
  }
}

/**
 * Reads a session's input as its loop does: a line that reads the loop, the nonce, the loop up to the nonce, and then frames, each a header, a
 * text and the nonce on a line of its own. What is no session (a transfer) has no frames.
 */
function sessionOf(bytes: Buffer): RecordedSession {
  const [, nonce = '', ...rest] = bytes.toString('latin1').split('\n')
  const frames: { header: string; text: string }[] = []
  if (!/^[0-9a-f]{32}$/.test(nonce)) return { frames, bytes }
  const after = rest.slice(rest.indexOf(nonce) + 1)
  for (let at = 0; at < after.length; ) {
    const end = after.indexOf(nonce, at + 1)
    if (end < 0) break
    const text = after.slice(at + 1, end).join('\n')
    frames.push({ header: after[at] ?? '', text: Buffer.from(text, 'latin1').toString('utf8') })
    at = end + 1
  }
  return { frames, bytes }
}

/** The scripts that ran in a session's subshells, in order. */
export function scriptsOf(session: RecordedSession | undefined): readonly string[] {
  return (session?.frames ?? []).filter(({ header }) => header.startsWith('run ')).map(({ text }) => text)
}
