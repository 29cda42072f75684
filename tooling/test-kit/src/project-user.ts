import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programPath } from './ensure-servers.ts'
import { installBuilt } from './install-built.ts'

/**
 * Makes a folder the project of a user who has the built packages and an `ssh` that knows the hosts, and nothing of whoever runs the tests. Gives
 * the environment to run commands in.
 */
export function findProjectUser(directory: string, sshConfig: string): Record<string, string | undefined> {
  installBuilt(directory)
  writeFileSync(join(directory, 'package.json'), '{ "type": "module", "private": true }\n')
  const bin = join(directory, '.bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nexec ${programPath('ssh') ?? 'ssh'} -F '${sshConfig}' "$@"\n`)
  chmodSync(join(bin, 'ssh'), 0o755)
  return { PATH: `${bin}:${process.env.PATH}`, HOME: directory, SSH_AUTH_SOCK: undefined, CI: '1', NO_COLOR: '1' }
}
