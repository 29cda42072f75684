import { flag, list, text, whole } from '@dragonfab/core'

const containerName = {
  pattern: /[A-Za-z0-9][A-Za-z0-9_-]{0,62}/,
  expected: 'be letters, digits, "_" and "-", at most 63, neither "_" nor "-" first',
}
const absoluteFolder = { pattern: /\/.*/s, expected: 'be an absolute path', operand: true }

/** Flat variables, because they describe an environment. */
export const variables = {
  lxc: text({
    help: 'The container that is this environment’s host. It is created if it is missing, started, and entered',
    ...containerName,
  }),
  lxcTemplate: text({ help: 'The container to clone it from; lxc.template makes one', default: 'vanilla', ...containerName }),
  lxcHost: text({ help: 'The machine of the container, reached by SSH: `user@host:port`. By default this machine', operand: true }),
  lxcPath: text({
    help: 'The folder of the containers on that machine; by default LXC’s own (`lxc-config lxc.lxcpath`)',
    ...absoluteFolder,
  }),
  lxcSudo: flag({
    help: 'Use LXC as root, through sudo if the login user is another one. If false: the user’s own, unprivileged containers',
    default: true,
  }),
  lxcClone: text({
    help: 'How to clone: a full copy of the template, or an overlay, which is made at once and needs the template as long as it exists',
    choices: ['copy', 'overlay'],
    default: 'copy',
  }),
  lxcEnter: text({
    help: 'How to enter it: by lxc-attach, which needs only a shell in the container, or by SSH to its sshd',
    choices: ['attach', 'ssh'],
    default: 'attach',
  }),
  lxcAddUser: flag({
    help: 'Create `user` in a new container if the template does not have that user, with sudo without a password',
    default: true,
  }),
  lxcAuthorizedKeys: list({
    help: 'Files of public keys on this machine that may log in as `user` in a new container; for lxcEnter: ssh',
    default: [],
    operand: true,
  }),
  lxcWait: whole({ help: 'How many seconds to wait until a container has an address', min: 1, max: 3600, default: 60 }),
  lxcForceNew: flag({
    help: 'Remove the container with everything in it, and create it again. For one run: `dragonfab lxc:force_new`',
    alias: 'force_new',
    default: false,
  }),
  lxcHostNetwork: flag({
    help: 'Allow a container that uses its machine’s own network interfaces. Its DHCP client may take the machine’s address away',
    default: false,
  }),
  lxcBridge: text({ help: 'The bridge of a template that lxc.template makes; by default the one in LXC’s default.conf', operand: true }),
  lxcRelease: text({ help: 'The Debian release of that template: `bookworm`. By default that of its machine', operand: true }),
  lxcMirror: text({ help: 'The mirror for that template’s packages; by default that of its machine', operand: true }),
  lxcPackages: list({ help: 'Additional packages for that template', operand: true, default: [] }),
} as const
