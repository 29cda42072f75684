import { flag, list, text, whole } from '@dragonfab/core'

/** A name, perhaps with an architecture and a version. */
const packageSpelling = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?(=[A-Za-z0-9.+~:-]+)?$/

/** A package as apt-get takes it: `nginx`, `libc6:i386`, `redis=5:7.0.15-1`. */
export function parsePackageName(value: unknown): string {
  if (typeof value === 'string' && packageSpelling.test(value)) return value
  throw new Error('should be the name of a Debian package, such as nginx or redis=5:7.0.15-1')
}

/** The options under `apt`. */
export const options = {
  packages: list({ help: 'Debian packages that these hosts need: nginx, redis=5:7.0.15-1', default: [], parse: parsePackageName }),
  recommends: flag({ help: 'Also install recommended packages', default: false }),
  lockWait: whole({ help: 'Seconds to wait for another apt or dpkg', default: 300, min: 0, max: 3600 }),
  sudoUser: text({
    help: 'The user who runs all of this in a separate session: `root`. By default, the user who runs all steps, with `sudo -n` for commands that change something',
    operand: true,
  }),
} as const
