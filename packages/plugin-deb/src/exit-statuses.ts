import { exitStatuses } from '@dragonfab/core'

/** Exit statuses of this plugin's steps, and the problem that each means. `$OUTPUT` is the last line that the step printed. */
export const { exitStatus, failures } = exitStatuses({
  noApt: {
    status: 64,
    code: 'DEB_NO_APT',
    message: 'packages cannot be installed on the host: $OUTPUT',
    remedy: 'use a Debian or Ubuntu host, with apt and dpkg',
  },
  damaged: {
    status: 65,
    code: 'DEB_DAMAGED',
    message: 'the package is damaged: $OUTPUT',
    remedy: 'build it again: dragonfab <environment> deb.build deb.deploy',
  },
  locked: {
    status: 66,
    code: 'DEB_LOCKED',
    message: 'apt is in use: $OUTPUT',
    remedy: 'wait for the program that holds the lock, or end it on the host; deb.wait sets how long to wait',
  },
  unresolved: {
    status: 67,
    code: 'DEB_UNRESOLVED',
    message: 'apt would not install it: $OUTPUT',
    remedy: 'see the output of apt above; nothing was installed',
  },
  older: {
    status: 68,
    code: 'DEB_OLDER',
    message: '$OUTPUT',
    remedy: 'run dragonfab <environment> deb.rollback, or use --deb-downgrade to deploy an older version anyway',
  },
  failed: {
    status: 69,
    code: 'DEB_INSTALL_FAILED',
    message: 'the installation failed: $OUTPUT',
    remedy: 'see the output of the package’s scripts above; the next deployment completes or replaces what dpkg left incomplete',
  },
  notInstalled: {
    status: 70,
    code: 'DEB_NOT_INSTALLED',
    message: 'apt reported success, but the package is not installed: $OUTPUT',
    remedy: 'on the host, see `dpkg -s` and /var/log/dpkg.log',
  },
  notRestored: {
    status: 71,
    code: 'DEB_NOT_PUT_BACK',
    message: 'the previous version could not be installed again: $OUTPUT',
    remedy: 'run `dpkg --audit` on the host, fix the cause, then run dragonfab <environment> deb.deploy',
  },
  notKept: {
    status: 72,
    code: 'DEB_NOT_KEPT',
    message: '$OUTPUT',
    remedy: 'see the versions that are kept with dragonfab <environment> deb.status; deb.keep sets how many',
  },
  noDebian: {
    status: 73,
    code: 'DEB_NO_SOURCE',
    message: '$OUTPUT',
    remedy: 'write one with dragonfab <environment> deb.skeleton, or correct deb.source',
  },
  noTools: {
    status: 74,
    code: 'DEB_NO_TOOLS',
    message: 'packages cannot be built on this machine: $OUTPUT',
    remedy: 'on Debian run apt-get install dpkg-dev debhelper; otherwise set deb.buildHost or deb.buildIn',
  },
  buildDepends: {
    status: 75,
    code: 'DEB_BUILD_DEPENDS',
    message: 'build dependencies are not installed: $OUTPUT',
    remedy: 'install them with apt-get install, or all at once with apt-get build-dep ./; or build in a container: deb.buildIn',
  },
  preBuild: {
    status: 76,
    code: 'DEB_PRE_BUILD',
    message: 'a command before the build failed: $OUTPUT',
    remedy: 'see its output above; run it by hand in deb.source',
  },
  notBuilt: {
    status: 77,
    code: 'DEB_BUILD_FAILED',
    message: 'dpkg-buildpackage failed: $OUTPUT',
    remedy: 'see its output above; run it by hand in deb.source',
  },
  artefacts: {
    status: 78,
    code: 'DEB_ARTEFACTS',
    message: 'the built files are missing or damaged: $OUTPUT',
    remedy: 'see the .changes file, and check that the disk is not full',
  },
  notPrepared: {
    status: 79,
    code: 'DEB_NOT_PREPARED',
    message: 'the container cannot be prepared for the build: $OUTPUT',
    remedy: 'see the output of apt above; the template needs a route to its mirror, which must have the dependencies in debian/control',
  },
})
