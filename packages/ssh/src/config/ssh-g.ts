import { execFile } from 'node:child_process'
import { DragonfabError } from '@dragonfab/core'
import { printable } from '../printable.ts'
import { type SshTarget, targetName } from '../target.ts'
import { parseRawConfig, type RawConfig } from './raw.ts'

/**
 * Asks the ssh client of this machine what its configuration says about a host: nobody reads `Match`, `Include` and
 * canonical names as it does. `undefined` where no ssh client is installed.
 */
export function askSsh(target: Pick<SshTarget, 'host' | 'port' | 'user'>, configFile: string | undefined): Promise<RawConfig | undefined> {
  const argv = [
    '-G',
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(target.port === undefined ? [] : ['-p', String(target.port)]),
    ...(target.user === undefined ? [] : ['-l', target.user]),
    '--',
    target.host,
  ]
  return new Promise((resolve, reject) => {
    // A `Match exec` of the user's may take its time, yet must not hang a deployment.
    const child = execFile('ssh', argv, { timeout: 30_000, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (!error) return resolve(parseRawConfig(stdout))
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return resolve(undefined)
      reject(
        new DragonfabError({
          code: 'SSH_CONFIG',
          host: targetName(target),
          message: `ssh cannot read its configuration for ${targetName(target)}`,
          cause: printable(stderr) || (error.killed ? 'ssh -G did not end within 30 s' : printable(error.message)),
          remedy: `see what ssh -G ${targetName(target)} says`,
        }),
      )
    })
    child.stdin?.end()
  })
}
