import type { SshEvent } from '../options.ts'
import { formatTarget, type SshTarget } from '../target.ts'
import { buildHostConfig, type HostConfig } from './host-config.ts'
import { listConfigFiles, readConfig } from './read-config.ts'
import { readSshConfig } from './ssh-g.ts'

type NamedTarget = Pick<SshTarget, 'host' | 'port' | 'user'>

/** Looks up the settings of hosts in ssh_config. Each host is looked up once, several hosts at the same time. */
export function createConfigResolver(
  configFile: string | undefined,
  onEvent: (event: SshEvent) => void,
): (target: NamedTarget) => Promise<HostConfig> {
  const configs = new Map<string, Promise<HostConfig>>()
  const lookUpConfig = async (target: NamedTarget): Promise<HostConfig> => {
    const fromSsh = await readSshConfig(target, configFile)
    if (fromSsh) return buildHostConfig(target.host, fromSsh)
    const { raw, warnings } = readConfig(target, listConfigFiles(configFile))
    for (const message of warnings) onEvent({ type: 'warning', host: formatTarget(target), message })
    return buildHostConfig(target.host, raw)
  }
  return (target) => {
    const name = JSON.stringify([target.host, target.port, target.user])
    const config = configs.get(name) ?? lookUpConfig(target)
    configs.set(name, config)
    return config
  }
}
