import { exitStatuses } from '@dragonfab/core'

/** Exit statuses of the scripts on the containers' machine, and the problem that each means. `$OUTPUT` is the last line that the script printed. */
export const { exitStatus, failures } = exitStatuses({
  noLxc: {
    status: 64,
    code: 'LXC_NOT_INSTALLED',
    message: 'LXC is not installed on the machine of the container: $OUTPUT',
    remedy: 'install it on that machine: apt-get install lxc',
  },
  denied: {
    status: 65,
    code: 'LXC_DENIED',
    message: 'the user may not use LXC on the container’s machine: $OUTPUT',
    remedy:
      'let the user run LXC’s commands through sudo (NOPASSWD, or --ask-sudo-password); or set lxcSudo: false to use the user’s own, unprivileged containers',
  },
  busy: {
    status: 66,
    code: 'LXC_BUSY',
    message: 'another run is preparing the container: $OUTPUT',
    remedy: 'wait until it has ended, then run this again',
  },
  noTemplate: {
    status: 67,
    code: 'LXC_NO_TEMPLATE',
    message: 'there is no container to clone: $OUTPUT',
    remedy: 'run dragonfab <environment> lxc.template, or name another template: lxcTemplate',
  },
  templateRuns: {
    status: 68,
    code: 'LXC_TEMPLATE_RUNS',
    message: 'the template cannot be cloned while it runs: $OUTPUT',
    remedy: 'stop it: lxc-stop -n <template>',
  },
  noRsync: {
    status: 69,
    code: 'LXC_NO_RSYNC',
    message: 'lxc-copy copies with rsync, which is not installed on the machine of the container: $OUTPUT',
    remedy: 'install it on that machine: apt-get install rsync; or clone as an overlay: lxcClone: overlay',
  },
  notCloned: {
    status: 70,
    code: 'LXC_NOT_CLONED',
    message: 'the template could not be cloned: $OUTPUT',
    remedy: 'run lxc-copy by hand on that machine, with -l DEBUG -o <log>',
  },
  missing: {
    status: 71,
    code: 'LXC_MISSING',
    message: 'the container does not exist: $OUTPUT',
    remedy: 'create it: dragonfab <environment>',
  },
  stopped: {
    status: 72,
    code: 'LXC_STOPPED',
    message: 'the container is not running: $OUTPUT',
    remedy: 'start it: dragonfab <environment>',
  },
  frozen: {
    status: 73,
    code: 'LXC_FROZEN',
    message: 'the container is frozen: $OUTPUT',
    remedy: 'resume it: lxc-unfreeze -n <container>',
  },
  hostNetwork: {
    status: 74,
    code: 'LXC_HOST_NETWORK',
    message: 'the container would use its machine’s own network interfaces, which can cut the machine off: $OUTPUT',
    remedy: 'give it its own interface (lxc.net.0.type = veth, lxc.net.0.link = lxcbr0); if you want this, set lxcHostNetwork: true',
  },
  noBridge: {
    status: 75,
    code: 'LXC_NO_BRIDGE',
    message: 'the container’s bridge does not exist: $OUTPUT',
    remedy: 'start it: systemctl start lxc-net; or correct lxc.net.0.link in the container’s config',
  },
  notStarted: {
    status: 76,
    code: 'LXC_NOT_STARTED',
    message: 'the container does not start: $OUTPUT',
    remedy: 'run lxc-start -F by hand on its machine to see why; or create it again: dragonfab <environment>:force_new',
  },
  died: {
    status: 77,
    code: 'LXC_DIED',
    message: 'the container stopped before it had an address: $OUTPUT',
    remedy: 'run lxc-start -F by hand on its machine to see why',
  },
  noAddress: {
    status: 78,
    code: 'LXC_NO_ADDRESS',
    message: 'the container is running, but has no address: $OUTPUT',
    remedy: 'check that a DHCP server answers on the bridge (systemctl status lxc-net), and that the container asks it; or raise lxcWait',
  },
  notRemoved: {
    status: 79,
    code: 'LXC_NOT_REMOVED',
    message: 'the container could not be removed: $OUTPUT',
    remedy: 'first remove containers that are overlays of it; to see more, run lxc-destroy by hand on its machine',
  },
  inUse: {
    status: 80,
    code: 'LXC_IN_USE',
    message: 'a run is using the container: $OUTPUT',
    remedy: 'wait until it has ended, then run this again',
  },
  noUser: {
    status: 81,
    code: 'LXC_NO_USER',
    message: 'the container does not have that user: $OUTPUT',
    remedy: 'create the user in the template, or set user; in a new container it is created by default (lxcAddUser)',
  },
  noBuilder: {
    status: 82,
    code: 'LXC_NO_BUILDER',
    message: 'the container’s machine has no program that makes a template: $OUTPUT',
    remedy: 'install one on that machine: apt-get install mmdebstrap',
  },
  notBuilt: {
    status: 83,
    code: 'LXC_NOT_BUILT',
    message: 'the template could not be made: $OUTPUT',
    remedy: 'see its output above; lxcRelease and lxcMirror set the release and where it comes from',
  },
  other: {
    status: 84,
    code: 'LXC_FAILED',
    message: 'an LXC command failed: $OUTPUT',
    remedy: 'run it by hand on that machine',
  },
})
