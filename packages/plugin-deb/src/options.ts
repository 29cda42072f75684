import { flag, list, text, whole } from '@dragonfab/core'

/** The options under `deb`. */
export const options = {
  packageName: text({
    help: 'The name of the Debian package',
    default: '%(appName)s',
    alias: 'package_name',
    pattern: /^[a-z0-9][a-z0-9+.-]+$/,
    expected: 'be the name of a Debian package: lower-case letters, digits, "+", "-" and "."',
  }),
  packageDir: text({
    help: 'The folder on this machine for built packages, relative to the config; by default the parent of `source`, where dpkg-buildpackage leaves them',
    alias: 'package_dir',
  }),
  source: text({ help: 'The folder that contains debian/, relative to the config', default: '.' }),
  buildHost: text({
    help: 'A Debian host that builds instead of this machine: build.example.org, user@host:port. The login uses a key',
    operand: true,
  }),
  buildIn: text({
    help: 'An LXC template (`vanilla`). The package is built in a throwaway clone of it, on this machine or on `buildHost`. Needs @dragonfab/plugin-lxc',
    pattern: /[A-Za-z0-9][A-Za-z0-9_-]{0,62}/,
    expected: 'be the name of a container: letters, digits, "_" and "-"',
  }),
  buildInPath: text({
    help: 'The folder of the containers on that machine (`lxcPath`); by default LXC’s own',
    pattern: /\/.*/s,
    expected: 'be an absolute path',
    operand: true,
  }),
  buildInWait: whole({ help: 'How many seconds to wait until such a container has an address', default: 60, min: 1, max: 3600 }),
  preBuild: list({ help: 'Commands to run in `source` before the build', default: [] }),
  buildOptions: list({ help: 'The options of dpkg-buildpackage', default: ['-us', '-uc', '-b'] }),
  wheel: flag({
    alias: 'wheel',
    help: 'Build wheels of `requirements` into `wheelhouse`, for the package to contain',
    default: false,
  }),
  wheelhouse: text({ help: 'The folder for wheels, in `source`', default: 'wheelhouse', operand: true }),
  requirements: list({ help: 'Files of Python requirements, in `source`', default: ['requirements.txt'], operand: true }),
  wheelserver: text({ alias: 'wheelserver', help: 'The package index for requirements, instead of PyPI', operand: true }),
  wheelserverTrustedHost: text({
    help: 'A host that pip trusts without a valid certificate',
    alias: 'wheelserver_trusted_host',
    operand: true,
  }),
  pipBuildDir: text({
    help: 'The folder in which pip builds, instead of the one for temporary files',
    alias: 'pip_build_dir',
    operand: true,
  }),
  virtualenv: text({
    help: 'Where the package installs a complete virtualenv of `requirements`: /opt/shop/venv. It is made in debian/virtualenv, which debian/install must name',
    pattern: /^\/[^\0-\x20\x7f]+$/,
    expected: 'be an absolute path',
  }),
  collectstatic: flag({ alias: 'collectstatic', help: 'Run `manage.py collectstatic` before the build', default: false }),
  djangoProject: text({ help: 'The folder in `source` that contains manage.py', alias: 'django_project', default: '.', operand: true }),
  djangoPython: text({
    help: 'The Python that runs manage.py and builds wheels',
    alias: 'django_python',
    default: 'python3',
    operand: true,
  }),
  conffiles: text({
    help: 'Keep (--force-confold) or replace (--force-confnew) a configuration file that was changed on the host',
    choices: ['keep', 'replace'],
    default: 'keep',
  }),
  recommends: flag({ help: 'Also install recommended packages', default: false }),
  mayRemove: flag({ help: 'Allow apt to remove other packages in order to install this one', default: false }),
  downgrade: flag({ help: 'Allow deploying a version that is older than the installed one', default: false }),
  wait: whole({ help: 'Seconds to wait for apt and dpkg when another program has locked them', default: 300, min: 0, max: 86_400 }),
  keep: whole({
    help: 'How many versions to keep on a host for deb.rollback, including the installed one',
    default: 3,
    min: 2,
    max: 100,
  }),
  folder: text({
    help: 'The folder on a host for packages and notes about what is installed; it belongs to root',
    default: '/var/lib/dragonfab/%(deb.packageName)s',
    pattern: /^\/[^\0-\x1f\x7f]+$/,
    expected: 'be an absolute path',
  }),
  version: text({
    help: 'The version that deb.rollback installs; by default the one before the installed one',
    fact: 'while deb.rollback is planned',
    pattern: /^[0-9][0-9A-Za-z.+~:-]*$/,
    expected: 'be a version of a Debian package',
  }),
} as const

/** Flat variables, because they describe the environment. */
export const variables = {
  debconf: text({
    help: 'A file of debconf answers for the package, relative to the config: lines for debconf-set-selections, or stanzas of Name: and Value:',
  }),
} as const
