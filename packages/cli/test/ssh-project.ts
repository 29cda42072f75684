import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CommandOptions,
  type CommandResult,
  createTestProject,
  runCommand,
  type SshHosts,
  type TestProject,
} from '@dragonfab/test-kit'

/**
 * A project whose hosts are these. The program asks `ssh -G` what ssh_config says, so an `ssh` that reads the hosts' own file stands first in the
 * PATH.
 */
export async function sshProject(
  hosts: SshHosts,
  files: Readonly<Record<string, string>>,
): Promise<TestProject & { readonly env: Readonly<Record<string, string>> }> {
  const made = createTestProject(files)
  const bin = join(made.directory, '.bin')
  mkdirSync(bin)
  const ssh = (await runCommand(['sh', '-c', 'command -v ssh'])).stdout.trim()
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nexec ${ssh} -F '${hosts.sshConfig}' "$@"\n`, { mode: 0o755 })
  const env = { PATH: `${bin}:${process.env.PATH}`, SSH_AUTH_SOCK: '' }
  return {
    ...made,
    env,
    run: (args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> =>
      made.run(args, { ...options, env: { ...env, ...options.env } }),
  }
}
