import type { SshEvent } from '../options.ts'
import { type SshTarget, targetName } from '../target.ts'
import { type HostConfig, hostConfig } from './host-config.ts'
import { configFiles, readConfig } from './read-config.ts'
import { askSsh } from './ssh-g.ts'

type Named = Pick<SshTarget, 'host' | 'port' | 'user'>

/** Finds out what ssh_config says about hosts; each host is looked up once, several at the same time. */
export function configResolver(configFile: string | undefined, onEvent: (event: SshEvent) => void): (target: Named) => Promise<HostConfig> {
  const known = new Map<string, Promise<HostConfig>>()
  const look = async (target: Named): Promise<HostConfig> => {
    const told = await askSsh(target, configFile)
    if (told) return hostConfig(target.host, told)
    const { raw, warnings } = readConfig(target, configFiles(configFile))
    for (const message of warnings) onEvent({ type: 'warning', host: targetName(target), message })
    return hostConfig(target.host, raw)
  }
  return (target) => {
    const name = JSON.stringify([target.host, target.port, target.user])
    const found = known.get(name) ?? look(target)
    known.set(name, found)
    return found
  }
}
