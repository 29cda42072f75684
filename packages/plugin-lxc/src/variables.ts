import { flag, list, text, whole } from '@dragonfab/core'

const containerName = {
  pattern: /[A-Za-z0-9][A-Za-z0-9_-]{0,62}/,
  expected: 'be letters, digits, "_" and "-", at most 63, neither "_" nor "-" first',
}
const absoluteFolder = { pattern: /\/.*/s, expected: 'be an absolute path', operand: true }

/** Flat, for they describe an environment. */
export const variables = {
  lxc: text({ help: 'The container that this environment is: made when it is missing, started, and run in', ...containerName }),
  lxcTemplate: text({ help: 'The container that it is cloned from; lxc.template makes it', default: 'vanilla', ...containerName }),
  lxcHost: text({ help: 'The machine of the container, `user@host:port`, by SSH; this one by default', operand: true }),
  lxcPath: text({ help: 'The folder of the containers on it; LXC’s own by default (`lxc-config lxc.lxcpath`)', ...absoluteFolder }),
  lxcSudo: flag({
    help: 'Whether LXC is used as root, through sudo where the user on its machine is another one. Without: the user’s own, unprivileged containers',
    default: true,
  }),
  lxcClone: text({
    help: 'A whole copy of the template, or an overlay: made at once, and it needs its template for as long as it lives',
    choices: ['copy', 'overlay'],
    default: 'copy',
  }),
  lxcEnter: text({
    help: 'By lxc-attach, which needs nothing in the container but a shell, or by SSH to its sshd',
    choices: ['attach', 'ssh'],
    default: 'attach',
  }),
  lxcAddUser: flag({
    help: 'Make `user` in a new container where the template has no such user, with sudo without a password',
    default: true,
  }),
  lxcAuthorizedKeys: list({
    help: 'Files of public keys on this machine that may log in as `user` in a new container; for lxcEnter: ssh',
    default: [],
    operand: true,
  }),
  lxcWait: whole({ help: 'Seconds that a container may take until it has an address', min: 1, max: 3600, default: 60 }),
  lxcForceNew: flag({
    help: 'Make the container anew, whatever is in it; `dragonfab lxc:force_new` says it for once',
    alias: 'force_new',
    default: false,
  }),
  lxcHostNetwork: flag({
    help: 'Start a container that uses the network interfaces of its machine itself. Its DHCP client may take the machine’s address away',
    default: false,
  }),
  lxcBridge: text({ help: 'The bridge of a template that lxc.template makes; what LXC’s default.conf says by default', operand: true }),
  lxcRelease: text({ help: 'The release of Debian of that template, `bookworm`; that of its machine by default', operand: true }),
  lxcMirror: text({ help: 'Where that template’s packages come from; the mirror of its machine by default', operand: true }),
  lxcPackages: list({ help: 'Packages that such a template has besides those that every one has', operand: true, default: [] }),
} as const
