import { exitStatuses } from '@dragonfab/core'

/** How the steps of this plugin may fail. `$OUTPUT` is the last line that a step printed. */
export const { exitStatus, failures } = exitStatuses({
  noCommand: {
    status: 64,
    code: 'SUPERVISOR_MISSING',
    message: 'supervisorctl cannot be run: $OUTPUT',
    remedy: 'install supervisor, or set supervisorctl.command to its path',
  },
  noDaemon: {
    status: 65,
    code: 'SUPERVISOR_DOWN',
    message: 'supervisord does not answer: $OUTPUT',
    remedy: 'start it (systemctl start supervisor), or name the right configuration in supervisorctl.command (-c)',
  },
  denied: {
    status: 66,
    code: 'SUPERVISOR_DENIED',
    message: 'the user may not use supervisord: $OUTPUT',
    remedy: 'give the user access to its socket (chmod and chown in [unix_http_server]), or set supervisorctl.command: sudo supervisorctl',
  },
  noSudo: {
    status: 67,
    code: 'SUPERVISOR_SUDO',
    message: 'sudo does not allow supervisorctl: $OUTPUT',
    remedy: 'allow it in sudoers without a password (NOPASSWD), or set supervisorctl.sudoUser and use --ask-sudo-password',
  },
  unknown: {
    status: 68,
    code: 'SUPERVISOR_UNKNOWN_PROGRAM',
    message: 'supervisord has no such program: $OUTPUT',
    remedy: 'correct supervisorctl.program (or groups), or add supervisorctl.target to [include] in supervisord.conf',
  },
  noConf: {
    status: 69,
    code: 'SUPERVISOR_CONF',
    message: 'supervisord cannot run the release: $OUTPUT',
    remedy: 'correct supervisorctl.conf, or set it to an empty text if supervisord has the configuration already',
  },
  target: {
    status: 70,
    code: 'SUPERVISOR_TARGET',
    message: 'the configuration cannot be linked: $OUTPUT',
    remedy: 'let the user write to its folder, set supervisorctl.sudoUser: root, or set another supervisorctl.target',
  },
  badConf: {
    status: 71,
    code: 'SUPERVISOR_BAD_CONF',
    message: 'supervisord cannot read its configuration: $OUTPUT',
    remedy: 'correct the file, which may belong to another application',
  },
  notRunning: {
    status: 72,
    code: 'SUPERVISOR_NOT_RUNNING',
    message: 'a program is not running: $OUTPUT',
    remedy: 'see its last log lines above',
  },
  died: {
    status: 73,
    code: 'SUPERVISOR_DIED',
    message: 'a program does not stay up: $OUTPUT',
    remedy: 'see its last log lines above',
  },
  otherRelease: {
    status: 74,
    code: 'SUPERVISOR_OTHER_RELEASE',
    message: 'a program does not run in the live release: $OUTPUT',
    remedy: 'in its configuration, use paths through `current` in directory= and command=, never those of one release',
  },
  notRestarted: {
    status: 76,
    code: 'SUPERVISOR_NOT_RESTARTED',
    message: 'supervisorctl restarted nothing: $OUTPUT',
    remedy: 'restart it on the host by hand to see why',
  },
  starting: {
    status: 77,
    code: 'SUPERVISOR_STARTING',
    message: 'a program does not come up: $OUTPUT',
    remedy: 'see its log, or raise supervisorctl.startLimit',
  },
  other: {
    status: 78,
    code: 'SUPERVISOR_FAILED',
    message: 'supervisorctl failed: $OUTPUT',
    remedy: 'run it on the host by hand',
  },
  stale: {
    status: 79,
    code: 'SUPERVISOR_CONF_CHANGED',
    message: 'supervisord uses an older configuration than the one in the release: $OUTPUT',
    remedy: 'set supervisorctl.refresh to load it',
  },
  logs: {
    status: 80,
    code: 'SUPERVISOR_LOGS',
    message: 'in the project on this machine: $OUTPUT',
    remedy: 'write the logs to another folder, such as /var/log/supervisor',
  },
})
