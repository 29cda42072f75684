import { exitStatuses } from '@dragonfab/core'

/** How a script on the machine of the containers may end, and what people read for each. `$OUTPUT` is the last line that it printed. */
export const { exitStatus, failures } = exitStatuses({
  noLxc: {
    status: 64,
    code: 'LXC_NOT_INSTALLED',
    message: 'LXC is not installed on the machine of the container: $OUTPUT',
    remedy: 'install it there: apt-get install lxc',
  },
  denied: {
    status: 65,
    code: 'LXC_DENIED',
    message: 'the user may not use LXC there: $OUTPUT',
    remedy:
      'let the user run LXC’s commands through sudo (NOPASSWD, or --ask-sudo-password); or set lxcSudo: false for unprivileged containers of its own',
  },
  busy: {
    status: 66,
    code: 'LXC_BUSY',
    message: 'another run is preparing the container: $OUTPUT',
    remedy: 'wait for it, and run again',
  },
  noTemplate: {
    status: 67,
    code: 'LXC_NO_TEMPLATE',
    message: 'there is no container to clone: $OUTPUT',
    remedy: 'make it: dragonfab <environment> lxc.template; or name another one: lxcTemplate',
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
    remedy: 'install it there: apt-get install rsync; or clone as an overlay: lxcClone: overlay',
  },
  notCloned: {
    status: 70,
    code: 'LXC_NOT_CLONED',
    message: 'the template could not be cloned: $OUTPUT',
    remedy: 'run lxc-copy by hand there, with -l DEBUG -o <log>',
  },
  missing: {
    status: 71,
    code: 'LXC_MISSING',
    message: 'the container does not exist: $OUTPUT',
    remedy: 'make it: dragonfab <environment>',
  },
  stopped: {
    status: 72,
    code: 'LXC_STOPPED',
    message: 'the container does not run: $OUTPUT',
    remedy: 'start it: dragonfab <environment>',
  },
  frozen: {
    status: 73,
    code: 'LXC_FROZEN',
    message: 'somebody has frozen the container: $OUTPUT',
    remedy: 'let it go on: lxc-unfreeze -n <container>',
  },
  hostNetwork: {
    status: 74,
    code: 'LXC_HOST_NETWORK',
    message: 'the container would use the network interfaces of its machine, which can cut that off: $OUTPUT',
    remedy:
      'give it an interface of its own (lxc.net.0.type = veth, lxc.net.0.link = lxcbr0); if this is really meant, set lxcHostNetwork: true',
  },
  noBridge: {
    status: 75,
    code: 'LXC_NO_BRIDGE',
    message: 'the container’s bridge is not there: $OUTPUT',
    remedy: 'start it: systemctl start lxc-net; or correct lxc.net.0.link in the container’s config',
  },
  notStarted: {
    status: 76,
    code: 'LXC_NOT_STARTED',
    message: 'the container does not start: $OUTPUT',
    remedy: 'run lxc-start -F by hand there, and see why; or make it anew: dragonfab <environment>:force_new',
  },
  died: {
    status: 77,
    code: 'LXC_DIED',
    message: 'the container stopped while it was waited for: $OUTPUT',
    remedy: 'run lxc-start -F by hand there, and see why',
  },
  noAddress: {
    status: 78,
    code: 'LXC_NO_ADDRESS',
    message: 'the container runs, and has got no address: $OUTPUT',
    remedy:
      'does a DHCP server answer on the bridge (systemctl status lxc-net), and does the container ask it? lxcWait is how long it may take',
  },
  notRemoved: {
    status: 79,
    code: 'LXC_NOT_REMOVED',
    message: 'the container could not be removed: $OUTPUT',
    remedy: 'containers that are overlays of it must go first; lxc-destroy by hand there says more',
  },
  inUse: {
    status: 80,
    code: 'LXC_IN_USE',
    message: 'a run is at work in the container: $OUTPUT',
    remedy: 'wait for it, and run again',
  },
  noUser: {
    status: 81,
    code: 'LXC_NO_USER',
    message: 'the container has no user of that name: $OUTPUT',
    remedy: 'make the user in the template, or set user; a new container gets one by itself (lxcAddUser)',
  },
  noBuilder: {
    status: 82,
    code: 'LXC_NO_BUILDER',
    message: 'nothing there can make a template: $OUTPUT',
    remedy: 'install it there: apt-get install mmdebstrap',
  },
  notBuilt: {
    status: 83,
    code: 'LXC_NOT_BUILT',
    message: 'the template could not be made: $OUTPUT',
    remedy: 'what it said stands above; lxcRelease and lxcMirror say what is built, and from where',
  },
  other: {
    status: 84,
    code: 'LXC_FAILED',
    message: 'an LXC command failed: $OUTPUT',
    remedy: 'run it by hand there',
  },
})
