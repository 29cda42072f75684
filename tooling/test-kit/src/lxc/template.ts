import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mustRun } from '../command.ts'

const script = fileURLToPath(new URL('template.sh', import.meta.url))

/** What every template has: an init, a D-Bus, an sshd, Python and sudo. */
const base = 'systemd-sysv dbus openssh-server iproute2 python3-minimal sudo procps isc-dhcp-client ifupdown'.split(' ')

/** A root file system with these packages, made once on a machine (half a minute) and kept: nobody may write to it. */
export async function cachedRoot(packages: readonly string[]): Promise<string> {
  const all = [...new Set([...base, ...packages])].sort()
  const recipe = createHash('sha256').update(all.join(' ')).update(readFileSync(script)).digest('hex').slice(0, 12)
  // lxc-copy refuses a root whose path does not hold the container's name.
  const root = join('/var/cache/dragonfab-test/lxc', `debian-${recipe}`, 'vanilla/rootfs')
  await mustRun(['flock', '/run/lock/dragonfab-test-lxc-template', 'sh', script, root, all.join(',')], { timeoutMs: 900_000 })
  return root
}

/** A container that was never started. */
export async function writeContainer(container: {
  readonly path: string
  readonly name: string
  readonly rootfs: string
  readonly bridge: string
  readonly lines?: readonly string[]
}): Promise<void> {
  const { path, name, rootfs, bridge, lines = [] } = container
  await mkdir(join(path, name, 'overlay/delta'), { recursive: true, mode: 0o755 })
  const all = [
    'lxc.include = /usr/share/lxc/config/common.conf',
    `lxc.rootfs.path = ${rootfs}`,
    `lxc.uts.name = ${name}`,
    'lxc.apparmor.profile = unconfined',
    'lxc.net.0.type = veth',
    `lxc.net.0.link = ${bridge}`,
    'lxc.net.0.flags = up',
    'lxc.net.0.name = eth0',
    ...lines,
  ]
  await writeFile(join(path, name, 'config'), `${all.join('\n')}\n`)
}
