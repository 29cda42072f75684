import { exitStatuses } from '@dragonfab/core'

/** Exit statuses of this plugin's steps, and what people read for each. `$OUTPUT` is the last line that the step printed. */
export const { exitStatus, failures } = exitStatuses({
  noSystemd: {
    status: 64,
    code: 'SYSTEMD_MISSING',
    message: 'systemd cannot be spoken with: $OUTPUT',
    remedy: 'does the host run systemd? Units of a user need a manager that runs without a login: loginctl enable-linger <user>',
  },
  denied: {
    status: 65,
    code: 'SYSTEMD_DENIED',
    message: 'the user may not do that: $OUTPUT',
    remedy:
      'allow systemctl in sudoers without a password (NOPASSWD), or set systemd.sudoUser: root and give the password: --ask-sudo-password',
  },
  unknown: {
    status: 66,
    code: 'SYSTEMD_UNKNOWN_UNIT',
    message: 'systemd has no such unit: $OUTPUT',
    remedy: 'is systemd.units right? A unit that comes with the release is named in systemd.install',
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
    message: 'it does not run: $OUTPUT',
    remedy: 'the last lines of its journal stand above',
  },
  died: {
    status: 69,
    code: 'SYSTEMD_DIED',
    message: 'it does not stay up: $OUTPUT',
    remedy: 'the last lines of its journal stand above',
  },
  otherRelease: {
    status: 70,
    code: 'SYSTEMD_OTHER_RELEASE',
    message: 'it does not run in the live release: $OUTPUT',
    remedy: 'let WorkingDirectory= and ExecStart= lead through `current`, never to one release',
  },
  notRestarted: {
    status: 71,
    code: 'SYSTEMD_NOT_RESTARTED',
    message: 'systemctl has restarted nothing: $OUTPUT',
    remedy: 'restart it by hand there and see why',
  },
  starting: {
    status: 72,
    code: 'SYSTEMD_STARTING',
    message: 'it does not come up: $OUTPUT',
    remedy: 'see its journal; systemd.startLimit is how long it may take',
  },
  other: {
    status: 73,
    code: 'SYSTEMD_FAILED',
    message: 'systemctl could not do it: $OUTPUT',
    remedy: 'run it by hand there',
  },
})
