import { exitStatuses } from '@dragonfab/core'

/** How the steps of this plugin may fail. `$OUTPUT` is the last line that a step printed. */
export const { exitStatus, failures } = exitStatuses({
  noSystemd: {
    status: 64,
    code: 'SYSTEMD_MISSING',
    message: 'systemd does not answer: $OUTPUT',
    remedy: 'check that the host runs systemd; units of a user need a manager that runs without a login: loginctl enable-linger <user>',
  },
  denied: {
    status: 65,
    code: 'SYSTEMD_DENIED',
    message: 'the user may not change units: $OUTPUT',
    remedy:
      'allow systemctl in sudoers without a password (NOPASSWD), or set systemd.sudoUser: root and give the password: --ask-sudo-password',
  },
  unknown: {
    status: 66,
    code: 'SYSTEMD_UNKNOWN_UNIT',
    message: 'systemd has no such unit: $OUTPUT',
    remedy: 'correct systemd.units; list a unit that comes with the release in systemd.install',
  },
  noFile: {
    status: 67,
    code: 'SYSTEMD_UNIT_FILE',
    message: 'a unit file cannot be installed: $OUTPUT',
    remedy: 'correct systemd.install or the file',
  },
  notRunning: {
    status: 68,
    code: 'SYSTEMD_NOT_RUNNING',
    message: 'a unit is not running: $OUTPUT',
    remedy: 'see the last lines of its journal above',
  },
  died: {
    status: 69,
    code: 'SYSTEMD_DIED',
    message: 'a unit does not stay up: $OUTPUT',
    remedy: 'see the last lines of its journal above',
  },
  otherRelease: {
    status: 70,
    code: 'SYSTEMD_OTHER_RELEASE',
    message: 'a unit does not run in the live release: $OUTPUT',
    remedy: 'use paths through `current` in WorkingDirectory= and ExecStart=, never those of one release',
  },
  notRestarted: {
    status: 71,
    code: 'SYSTEMD_NOT_RESTARTED',
    message: 'systemctl restarted nothing: $OUTPUT',
    remedy: 'restart it on the host by hand to see why',
  },
  starting: {
    status: 72,
    code: 'SYSTEMD_STARTING',
    message: 'a unit does not come up: $OUTPUT',
    remedy: 'see its journal, or raise systemd.startLimit',
  },
  other: {
    status: 73,
    code: 'SYSTEMD_FAILED',
    message: 'systemctl failed: $OUTPUT',
    remedy: 'run it on the host by hand',
  },
})
