import { exitStatuses } from '@dragonfab/core'

/** Exit statuses of this plugin's steps, and what people read for each. `$OUTPUT` is the last line that the step printed. */
export const { exitStatus, failures } = exitStatuses({
  noCommand: {
    status: 64,
    code: 'SUPERVISOR_MISSING',
    message: 'supervisorctl cannot be run: $OUTPUT',
    remedy: 'install supervisor there, or set supervisorctl.command to where it is',
  },
  noDaemon: {
    status: 65,
    code: 'SUPERVISOR_DOWN',
    message: 'supervisord does not answer: $OUTPUT',
    remedy: 'start it (systemctl start supervisor); does supervisorctl.command name the right configuration (-c)?',
  },
  denied: {
    status: 66,
    code: 'SUPERVISOR_DENIED',
    message: 'the user may not speak with supervisord: $OUTPUT',
    remedy:
      'give the user the right to its socket (chmod and chown in [unix_http_server]), or set supervisorctl.command: sudo supervisorctl',
  },
  noSudo: {
    status: 67,
    code: 'SUPERVISOR_SUDO',
    message: 'sudo does not allow supervisorctl: $OUTPUT',
    remedy: 'allow it in sudoers without a password (NOPASSWD), or set supervisorctl.sudoUser and give the password: --ask-sudo-password',
  },
  unknown: {
    status: 68,
    code: 'SUPERVISOR_UNKNOWN_PROGRAM',
    message: 'supervisord has no such program: $OUTPUT',
    remedy: 'is supervisorctl.program (or groups) right, and is supervisorctl.target among the files of [include] in supervisord.conf?',
  },
  noConf: {
    status: 69,
    code: 'SUPERVISOR_CONF',
    message: 'the release cannot be run by supervisord: $OUTPUT',
    remedy: 'correct supervisorctl.conf; it may be empty where supervisord has the configuration from elsewhere',
  },
  target: {
    status: 70,
    code: 'SUPERVISOR_TARGET',
    message: 'the configuration cannot be linked: $OUTPUT',
    remedy: 'give the user the right to write there, set supervisorctl.sudoUser: root, or set another supervisorctl.target',
  },
  badConf: {
    status: 71,
    code: 'SUPERVISOR_BAD_CONF',
    message: 'supervisord cannot read its configuration: $OUTPUT',
    remedy: 'correct it; the file may be another application’s',
  },
  notRunning: {
    status: 72,
    code: 'SUPERVISOR_NOT_RUNNING',
    message: 'it does not run: $OUTPUT',
    remedy: 'its last log lines stand above',
  },
  died: {
    status: 73,
    code: 'SUPERVISOR_DIED',
    message: 'it does not stay up: $OUTPUT',
    remedy: 'its last log lines stand above',
  },
  otherRelease: {
    status: 74,
    code: 'SUPERVISOR_OTHER_RELEASE',
    message: 'it does not run in the live release: $OUTPUT',
    remedy: 'let directory= and command= in its configuration lead through `current`, never to one release',
  },
  notRestarted: {
    status: 76,
    code: 'SUPERVISOR_NOT_RESTARTED',
    message: 'supervisorctl has restarted nothing: $OUTPUT',
    remedy: 'restart it by hand there and see why',
  },
  starting: {
    status: 77,
    code: 'SUPERVISOR_STARTING',
    message: 'it does not come up: $OUTPUT',
    remedy: 'see its log; supervisorctl.startLimit is how long it may take',
  },
  other: {
    status: 78,
    code: 'SUPERVISOR_FAILED',
    message: 'supervisorctl could not do it: $OUTPUT',
    remedy: 'run it by hand there',
  },
  stale: {
    status: 79,
    code: 'SUPERVISOR_CONF_CHANGED',
    message: 'it runs with an older configuration than the release has: $OUTPUT',
    remedy: 'supervisorctl.refresh=true takes it over',
  },
  logs: {
    status: 80,
    code: 'SUPERVISOR_LOGS',
    message: 'in the project on this machine: $OUTPUT',
    remedy: 'let supervisord write logs to a folder of its own, such as /var/log/supervisor',
  },
})
