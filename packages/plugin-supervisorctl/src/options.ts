import { flag, list, text, whole } from '@dragonfab/core'

/** A program or a group, as supervisord names them: `shop`, `workers:mail`, `workers:*`. No blanks, and nothing that is special in a shell or a path. */
const programPattern = /^[A-Za-z0-9_.@+][A-Za-z0-9_.@+-]*(?::(?:\*|[A-Za-z0-9_.@+][A-Za-z0-9_.@+-]*))?$/

/** The options under `supervisorctl`. The flat names of the original tool (`supervisor_restart`) are accepted too. */
export const options = {
  restart: flag({
    help: 'Whether programs are restarted after `current` is switched',
    default: true,
    alias: 'supervisor_restart',
  }),
  refresh: flag({
    help: 'Whether a restart also loads a changed configuration: reread, stop, update (of their groups only), start',
    default: false,
    alias: 'supervisor_refresh',
  }),
  output: flag({
    help: 'Whether all output of supervisorctl is shown',
    default: false,
    alias: 'supervisor_output',
  }),
  checkStatus: flag({
    help: 'Whether programs are watched after a restart; otherwise the exit status of supervisorctl counts, which is 0 even if a program dies a moment later',
    default: true,
    alias: 'supervisor_check_status',
  }),
  program: text({
    help: 'The program, as supervisord names it: a name, `group:name`, or a group',
    default: '%(appName)s',
    alias: 'supervisor_program',
    pattern: programPattern,
    expected: 'be a name, group:name or group:*',
  }),
  apache: text({
    help: 'The program of the web server, for apache_restart and apache_stop',
    default: 'apache2',
    pattern: programPattern,
    expected: 'be a name, group:name or group:*',
  }),
  groups: list({
    help: 'Programs and groups of this application, instead of `program`, if there are several',
    default: [],
    alias: 'supervisor_groups',
    parse: (value: unknown): string => {
      if (typeof value === 'string' && programPattern.test(value)) return value
      throw new Error('should be a name, group:name or group:*')
    },
  }),
  target: text({
    help: 'The file that supervisord reads for the program. It becomes a link to `conf` in the live release, and must match [include]',
    default: '/etc/supervisor/conf.d/%(supervisorctl.program)s.conf',
    alias: 'supervisor_target',
    pattern: /^\/[^\0-\x1f\x7f]*[^/\0-\x1f\x7f]$/,
    expected: 'be an absolute path of a file',
  }),
  conf: text({
    help: 'The program’s configuration, relative to the release; empty if supervisord has it already. By default configs/supervisor_<stage>_<role>.conf, without _<role> if there are no roles',
    default: ({ stage, role }: Readonly<Record<string, unknown>>) =>
      `configs/supervisor_${String(stage)}${role === undefined ? '' : `_${String(role)}`}.conf`,
    alias: 'supervisor_conf',
    allowEmpty: true,
    pattern: /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0-\x1f\x7f]*$/,
    expected: 'be a path within the release',
  }),
  watch: whole({
    help: 'Seconds that programs must stay RUNNING with the same process after a restart',
    default: 5,
    min: 0,
    max: 3600,
    alias: 'supervisor_watch',
  }),
  startLimit: whole({
    help: 'Seconds that a program may take from STARTING to RUNNING',
    default: 60,
    min: 1,
    max: 3600,
    alias: 'supervisor_start_limit',
  }),
  command: text({
    help: 'The command that is run as supervisorctl, with blanks between its words: `sudo supervisorctl -c /etc/shop/supervisord.conf`',
    default: 'supervisorctl',
    alias: 'supervisor_command',
    pattern: /^[^\s'"`\\$;&|<>()-][^'"`\\$;&|<>()\0-\x1f\x7f]*$/,
    expected: 'be a program and its arguments, without quotes and other special characters of the shell',
  }),
  sudoUser: text({
    help: 'The user who runs supervisorctl and makes the link, through sudo (such as `root`); by default the user who runs all steps',
    alias: 'supervisor_sudo_user',
    operand: true,
  }),
} as const
