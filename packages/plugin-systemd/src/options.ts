import { flag, list, text, whole } from '@dragonfab/core'

const unitPattern = /^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*$/
const unitSuffix = /\.(service|socket|timer|target|path|mount|slice)$/

/** A unit's name; without a suffix it is a service. */
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

/** What stands under `systemd`. */
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
    help: 'What is done with them once `current` is switched. reload keeps their processes, and starts what does not run; try-restart leaves alone what does not run',
    choices: ['restart', 'reload', 'reload-or-restart', 'try-restart'],
    default: 'restart',
  }),
  user: flag({
    help: 'Whether they are units of the user’s own manager (systemctl --user), which needs no sudo',
    default: false,
  }),
  install: list({
    help: 'Unit files in the release that are copied to `folder` when they differ, followed by a daemon-reload',
    default: [],
    parse: parseUnitFile,
  }),
  folder: text({
    help: 'Where unit files are copied to; by default /etc/systemd/system, for units of the user ~/.config/systemd/user',
    operand: true,
    pattern: /^\/.+/,
    expected: 'be an absolute path',
  }),
  enable: flag({
    help: 'Whether units that are copied there for the first time are enabled, so that they start with the machine',
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
    help: 'The user, `root` say, as whom all of this is run, in a session of its own; by default who runs all steps, with `sudo -n` before what changes units of the system',
    operand: true,
  }),
} as const
