import { execFile } from 'node:child_process'
import { DragonfabError } from '@dragonfab/core'
import { makePrintable } from '../options.ts'
import { formatTarget, type SshTarget } from '../target.ts'
import { parseRawConfig, type RawConfig } from './raw-config.ts'

/**
 * Asks the ssh client on this machine for its settings of a host, because only OpenSSH evaluates `Match`, `Include` and canonical names
 * exactly. `undefined` if no ssh client is installed.
 */
export function readSshConfig(
  target: Pick<SshTarget, 'host' | 'port' | 'user'>,
  configFile: string | undefined,
): Promise<RawConfig | undefined> {
  const argv = [
    '-G',
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(target.port === undefined ? [] : ['-p', String(target.port)]),
    ...(target.user === undefined ? [] : ['-l', target.user]),
    '--',
    target.host,
  ]
  return new Promise((resolve, reject) => {
    // A `Match exec` may be slow, but must not hang a deployment.
    const child = execFile('ssh', argv, { timeout: 30_000, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (!error) return resolve(parseRawConfig(stdout))
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return resolve(undefined)
      reject(
        new DragonfabError({
          code: 'SSH_CONFIG',
          host: formatTarget(target),
          message: `ssh cannot read its configuration for ${formatTarget(target)}`,
          cause: makePrintable(stderr) || (error.killed ? 'ssh -G did not end within 30 s' : makePrintable(error.message)),
          remedy: `run ssh -G ${formatTarget(target)} to see the error`,
        }),
      )
    })
    child.stdin?.end()
  })
}
