import { exitStatuses } from '@dragonfab/core'

/** Exit statuses of this plugin's steps, and what people read for each. `$OUTPUT` is the last line that the step printed. */
export const { exitStatus, failures } = exitStatuses({
  noApt: {
    status: 64,
    code: 'DEB_NO_APT',
    message: 'packages cannot be installed there: $OUTPUT',
    remedy: 'is it a Debian or Ubuntu host, with apt and dpkg?',
  },
  damaged: {
    status: 65,
    code: 'DEB_DAMAGED',
    message: 'the package is not whole: $OUTPUT',
    remedy: 'build it anew: dragonfab <environment> deb.build deb.deploy',
  },
  locked: {
    status: 66,
    code: 'DEB_LOCKED',
    message: 'apt is in use: $OUTPUT',
    remedy: 'wait for what holds the lock, or end it there; deb.wait is how long is waited',
  },
  unresolved: {
    status: 67,
    code: 'DEB_UNRESOLVED',
    message: 'apt would not install it: $OUTPUT',
    remedy: 'what apt says stands above; nothing was installed',
  },
  older: {
    status: 68,
    code: 'DEB_OLDER',
    message: '$OUTPUT',
    remedy: 'dragonfab <environment> deb.rollback goes back; --deb-downgrade deploys an older version all the same',
  },
  failed: {
    status: 69,
    code: 'DEB_INSTALL_FAILED',
    message: 'the installation failed: $OUTPUT',
    remedy: 'what the package’s scripts said stands above. What dpkg left half done is completed or replaced by the next deployment',
  },
  notInstalled: {
    status: 70,
    code: 'DEB_NOT_INSTALLED',
    message: 'apt was content, and the package is not installed: $OUTPUT',
    remedy: 'see there: dpkg -s, and /var/log/dpkg.log',
  },
  notBack: {
    status: 71,
    code: 'DEB_NOT_PUT_BACK',
    message: 'the version before could not be installed again: $OUTPUT',
    remedy: 'see there: dpkg --audit. When the cause is mended: dragonfab <environment> deb.deploy',
  },
  notKept: {
    status: 72,
    code: 'DEB_NOT_KEPT',
    message: '$OUTPUT',
    remedy: 'dragonfab <environment> deb.status names the versions that are kept; deb.keep is how many',
  },
  noDebian: {
    status: 73,
    code: 'DEB_NO_SOURCE',
    message: '$OUTPUT',
    remedy: 'write one with: dragonfab <environment> deb.skeleton; deb.source is the folder that has it',
  },
  noTools: {
    status: 74,
    code: 'DEB_NO_TOOLS',
    message: 'packages cannot be built here: $OUTPUT',
    remedy: 'on Debian: apt-get install dpkg-dev debhelper; elsewhere set deb.buildHost, or deb.buildIn',
  },
  buildDepends: {
    status: 75,
    code: 'DEB_BUILD_DEPENDS',
    message: 'the build needs what is not installed: $OUTPUT',
    remedy:
      'install it with apt-get install, or let apt find all of it: apt-get build-dep ./; or build where it can be installed: deb.buildIn',
  },
  preBuild: {
    status: 76,
    code: 'DEB_PRE_BUILD',
    message: 'what comes before the build failed: $OUTPUT',
    remedy: 'what it said stands above; run it by hand in deb.source',
  },
  notBuilt: {
    status: 77,
    code: 'DEB_BUILD_FAILED',
    message: 'dpkg-buildpackage failed: $OUTPUT',
    remedy: 'what it said stands above; run it by hand in deb.source',
  },
  artefacts: {
    status: 78,
    code: 'DEB_ARTEFACTS',
    message: 'what was built is not there whole: $OUTPUT',
    remedy: 'see the .changes file; is the disk full?',
  },
  notPrepared: {
    status: 79,
    code: 'DEB_NOT_PREPARED',
    message: 'the container cannot be made ready to build: $OUTPUT',
    remedy: 'what apt says stands above. The template needs a way to its mirror, which must have what debian/control asks for',
  },
})
