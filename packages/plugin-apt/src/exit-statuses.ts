import { exitStatuses } from '@dragonfab/core'

/** Exit statuses of this plugin's steps, and the problem that each means. `$OUTPUT` is the last line that the step printed. */
export const { exitStatus, failures } = exitStatuses({
  noApt: {
    status: 64,
    code: 'APT_MISSING',
    message: 'the host has no apt-get, so it is not a Debian or Ubuntu host',
    remedy: 'install the packages on that host in another way',
  },
  denied: {
    status: 65,
    code: 'APT_DENIED',
    message: 'the user may not install packages: $OUTPUT',
    remedy: 'allow `sudo -n env` for that user, or set apt.sudoUser to root and pass --ask-sudo-password',
  },
  unknown: {
    status: 66,
    code: 'APT_UNKNOWN',
    message: '$OUTPUT',
    remedy: 'correct the name or the version, and check that its repository is in /etc/apt/sources.list.d',
  },
  locked: {
    status: 67,
    code: 'APT_LOCKED',
    message: 'another apt or dpkg is running on the host: $OUTPUT',
    remedy: 'wait until it has ended, or raise apt.lockWait',
  },
  failed: {
    status: 68,
    code: 'APT_FAILED',
    message: 'apt-get failed: $OUTPUT',
    remedy: 'see its output above; `dpkg --audit` on the host lists packages that are only partly installed',
  },
  notInstalled: {
    status: 69,
    code: 'APT_FAILED',
    message: 'apt-get reported success, but these packages are not installed: $OUTPUT',
    remedy: 'run `dpkg -s <package>` on the host',
  },
  lacking: {
    status: 70,
    code: 'APT_LACKING',
    message: 'Debian packages are not installed: $OUTPUT',
    remedy: 'run dragonfab <environment> apt.install',
  },
})
