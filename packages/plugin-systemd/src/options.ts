import { flag, list, text, whole } from '@dragonfab/core'

const unitPattern = /^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*$/
const unitSuffix = /\.(service|socket|timer|target|path|mount|slice)$/

/** The name of a unit. Without a suffix, it is a service. */
function parseUnitName(value: unknown): string {
  if (typeof value === 'string' && unitPattern.test(value)) return unitSuffix.test(value) ? value : `${value}.service`
  throw new Error('should be the name of a unit')
}

function parseUnitFile(value: unknown): string {
  const isRelative = typeof value === 'string' && /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0-\x1f\x7f]+$/.test(value)
  const name = isRelative ? value.slice(value.lastIndexOf('/') + 1) : ''
  if (isRelative && unitPattern.test(name) && unitSuffix.test(name)) return value
  throw new Error('should be the path of a unit file within the release, such as configs/shop.service')
}

/** The options under `systemd`. */
export const options = {
  units: list({
    help: 'The units of this application; a name without a suffix is a service',
    default: ['%(appName)s.service'],
    parse: parseUnitName,
  }),
  apache: text({
    help: 'The unit of the web server, for apache_restart and apache_stop',
    default: 'apache2.service',
    pattern: unitPattern,
    expected: 'be the name of a unit',
  }),
  action: text({
    help: 'What to do with them after `current` is switched. reload keeps their processes, and starts units that are not running; try-restart ignores those',
    choices: ['restart', 'reload', 'reload-or-restart', 'try-restart'],
    default: 'restart',
  }),
  user: flag({
    help: 'Whether they are units of the user’s manager (systemctl --user), which needs no sudo',
    default: false,
  }),
  install: list({
    help: 'Unit files in the release that are copied to `folder` if they differ, followed by a daemon-reload',
    default: [],
    parse: parseUnitFile,
  }),
  folder: text({
    help: 'The folder for unit files; by default /etc/systemd/system, for units of the user ~/.config/systemd/user',
    operand: true,
    pattern: /^\/.+/,
    expected: 'be an absolute path',
  }),
  enable: flag({
    help: 'Whether units that are installed for the first time are enabled, so that they start with the machine',
    default: true,
  }),
  watch: whole({
    help: 'Seconds that units must stay active with the same process',
    default: 5,
    min: 0,
    max: 3600,
  }),
  startLimit: whole({
    help: 'Seconds that a unit may take until it is active',
    default: 90,
    min: 1,
    max: 3600,
  }),
  sudoUser: text({
    help: 'The user who runs all of this in a separate session (such as `root`); by default the user who runs all steps, with `sudo -n` for what changes units of the system',
    operand: true,
  }),
} as const
