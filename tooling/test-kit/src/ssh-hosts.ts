import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun } from './command.ts'
import { ensureServers, programPath } from './ensure-servers.ts'
import { type Key, type KeyType, makeKey } from './keys.ts'
import { type SshHost, startSshHost } from './ssh-host.ts'
import { createTestUser, type TestUser, type UserKind } from './users.ts'

export interface SshHostsOptions {
  /** Who logs in: a kind or a user made before; `plain` by default. */
  readonly user?: UserKind | TestUser | undefined
  /** `web` by default: the hosts are `web1`, `web2`, … */
  readonly prefix?: string | undefined
  /** 127.0.0.1 by default; any address of 127.0.0.0/8 works. */
  readonly address?: string | undefined
  /** Types of each host's keys; ed25519 by default. */
  readonly hostKeyTypes?: readonly KeyType[] | undefined
  /** Type of the client's key; ed25519 by default. */
  readonly clientKeyType?: KeyType | undefined
  /** Passphrase of the client's key; none by default. */
  readonly passphrase?: string | undefined
  /** sshd's own default, 10. */
  readonly maxSessions?: number | undefined
  /** 200 by default (sshd's own, 10:30:100, drops connections at random). */
  readonly maxStartups?: number | string | undefined
  /**
   * Which shell `sh` is for those who log in: this machine's own by default. `busybox` puts all of its applets first in
   * the PATH, as on Alpine.
   */
  readonly sh?: 'dash' | 'bash' | 'busybox' | undefined
  /** Further lines of sshd_config, before the common ones: the first value of a keyword wins. */
  readonly config?: readonly string[] | undefined
  /** Where the files of all hosts are kept; the folder for temporary files by default. */
  readonly within?: string | undefined
  /** Goes before each sshd's argv: another machine's namespaces; where each host has its own, by its name. */
  readonly enter?: readonly string[] | ((host: string) => readonly string[]) | undefined
}

/** Hosts that share a client key, a known_hosts file and an ssh_config. */
export interface SshHosts {
  readonly hosts: readonly SshHost[]
  readonly user: TestUser
  /** The client's key pair. */
  readonly clientKey: Key
  /** The client's private key file, the `IdentityFile` of {@link sshConfig}. */
  readonly key: string
  /** A file that knows every host's keys. */
  readonly knownHosts: string
  /** A file by which `ssh -F FILE web1` connects without a question. */
  readonly sshConfig: string
  /** Holds all of these, and is removed by {@link stop}. */
  readonly directory: string
  stop(): Promise<void>
}

/** Starts `count` real sshds, each on a free port with its own host key, log and directory, and waits until all listen. Needs root. */
export async function startSshHosts(count: number, options: SshHostsOptions = {}): Promise<SshHosts> {
  await ensureServers()
  const given = options.user ?? 'plain'
  const user = typeof given === 'string' ? await createTestUser(given) : given
  const directory = await mkdtemp(join(options.within ?? tmpdir(), 'dragonfab-test-'))
  // Users must be able to go through to their host's root, and nowhere else.
  await chmod(directory, 0o711)
  const clientKey = await makeKey(directory, 'client-key', {
    type: options.clientKeyType ?? 'ed25519',
    passphrase: options.passphrase ?? '',
  })
  const path = options.sh ? await findShell(directory, options.sh) : undefined
  const address = options.address ?? '127.0.0.1'
  const startOne = async (index: number): Promise<SshHost> => {
    const name = `${options.prefix ?? 'web'}${index + 1}`
    const own = join(directory, name)
    const root = join(own, 'root')
    await mkdir(root, { recursive: true })
    await Promise.all([chmod(own, 0o711), chmod(root, 0o755), chown(root, user.uid, user.gid)])
    const hostKeys = await Promise.all((options.hostKeyTypes ?? ['ed25519']).map((type) => makeKey(own, `host-key-${type}`, { type })))
    await writeFile(join(own, 'authorized_keys'), `${clientKey.line}\n`)
    const config = [...(options.config ?? []), ...formatCommonConfig(own, hostKeys, options), ...(path ? [`SetEnv PATH=${path}`] : [])]
    return startSshHost({
      name,
      address,
      directory: own,
      user: user.name,
      key: clientKey.file,
      root,
      hostKeys,
      config,
      enter: typeof options.enter === 'function' ? options.enter(name) : (options.enter ?? []),
    })
  }
  const results = await Promise.allSettled(Array.from({ length: count }, (_, index) => startOne(index)))
  const hosts = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const stop = async () => {
    await Promise.all(hosts.map((host) => host.stop()))
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  const failure = results.find((result) => result.status === 'rejected')
  if (failure) {
    await stop()
    throw failure.reason
  }
  const knownHosts = join(directory, 'known_hosts')
  const sshConfig = join(directory, 'ssh_config')
  await writeFile(knownHosts, hosts.map((host) => `${host.knownHostsLine}\n`).join(''))
  await writeFile(sshConfig, hosts.map((host) => formatHostConfig(host, knownHosts)).join('\n'))
  return { hosts, user, clientKey, key: clientKey.file, knownHosts, sshConfig, directory, stop }
}

function formatCommonConfig(own: string, hostKeys: readonly Key[], options: SshHostsOptions): string[] {
  return [
    ...hostKeys.map((key) => `HostKey ${key.file}`),
    `PidFile ${join(own, 'pid')}`,
    `AuthorizedKeysFile ${join(own, 'authorized_keys')}`,
    'AuthenticationMethods publickey',
    'PasswordAuthentication no',
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PrintMotd no',
    'PrintLastLog no',
    'LogLevel VERBOSE',
    `MaxSessions ${options.maxSessions ?? 10}`,
    `MaxStartups ${options.maxStartups ?? 200}`,
    'Subsystem sftp internal-sftp',
  ]
}

function formatHostConfig(host: SshHost, knownHosts: string): string {
  return `Host ${host.name}
  HostName ${host.address}
  Port ${host.port}
  User ${host.user}
  IdentityFile ${host.key}
  IdentitiesOnly yes
  UserKnownHostsFile ${knownHosts}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
`
}

async function findShell(directory: string, shell: 'dash' | 'bash' | 'busybox'): Promise<string> {
  const bin = join(directory, 'bin')
  await mkdir(bin)
  if (shell === 'busybox') await mustRun(['busybox', '--install', '-s', bin])
  else await symlink(programPath(shell) ?? `/bin/${shell}`, join(bin, 'sh'))
  return `${bin}:/usr/local/bin:/usr/bin:/bin`
}
