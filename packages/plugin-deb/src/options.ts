import { flag, list, text, whole } from '@dragonfab/core'

/** What stands under `deb`. */
export const options = {
  packageName: text({
    help: 'The Debian package',
    default: '%(appName)s',
    alias: 'package_name',
    pattern: /^[a-z0-9][a-z0-9+.-]+$/,
    expected: 'be the name of a Debian package: lower-case letters, digits, "+", "-" and "."',
  }),
  packageDir: text({
    help: 'Where built packages lie on this machine, relative to the config; by default where dpkg-buildpackage leaves them, beside `source`',
    alias: 'package_dir',
  }),
  source: text({ help: 'The folder that has debian/, relative to the config', default: '.' }),
  buildHost: text({
    help: 'A Debian host that builds, as hosts are written (build.example.org, user@host:port), where this machine does not; logged in by key',
    operand: true,
  }),
  buildIn: text({
    help: 'A template of LXC (`vanilla`): the package is built in a throwaway clone of it, on this machine or on `buildHost`. Needs @dragonfab/plugin-lxc',
    pattern: /[A-Za-z0-9][A-Za-z0-9_-]{0,62}/,
    expected: 'be the name of a container: letters, digits, "_" and "-"',
  }),
  buildInPath: text({
    help: 'The folder of the containers there (`lxcPath`); LXC’s own by default',
    pattern: /\/.*/s,
    expected: 'be an absolute path',
    operand: true,
  }),
  buildInWait: whole({ help: 'Seconds that such a container may take until it has an address', default: 60, min: 1, max: 3600 }),
  preBuild: list({ help: 'Shell text that is run before the build, in `source`', default: [] }),
  buildOptions: list({ help: 'What dpkg-buildpackage is told', default: ['-us', '-uc', '-b'] }),
  wheel: flag({
    alias: 'wheel',
    help: 'Whether wheels of `requirements` are built into `wheelhouse`, for the package to bring along',
    default: false,
  }),
  wheelhouse: text({ help: 'The folder for wheels, in `source`', default: 'wheelhouse', operand: true }),
  requirements: list({ help: 'Files of Python requirements, in `source`', default: ['requirements.txt'], operand: true }),
  wheelserver: text({ alias: 'wheelserver', help: 'The index that requirements come from, instead of PyPI', operand: true }),
  wheelserverTrustedHost: text({
    help: 'A host that pip trusts although its certificate says nothing',
    alias: 'wheelserver_trusted_host',
    operand: true,
  }),
  pipBuildDir: text({ help: 'Where pip builds, instead of the folder for temporary files', alias: 'pip_build_dir', operand: true }),
  virtualenv: text({
    help: 'Where on hosts the package brings a whole virtualenv of `requirements`, /opt/shop/venv: it is made in debian/virtualenv, for debian/install to name',
    pattern: /^\/[^\0-\x20\x7f]+$/,
    expected: 'be an absolute path',
  }),
  collectstatic: flag({ alias: 'collectstatic', help: 'Whether `manage.py collectstatic` is run before the build', default: false }),
  djangoProject: text({ help: 'The folder that has manage.py, in `source`', alias: 'django_project', default: '.', operand: true }),
  djangoPython: text({
    help: 'The Python that runs manage.py and builds wheels',
    alias: 'django_python',
    default: 'python3',
    operand: true,
  }),
  conffiles: text({
    help: 'What becomes of a configuration file that was changed on the host: keep (--force-confold) or replace (--force-confnew)',
    choices: ['keep', 'replace'],
    default: 'keep',
  }),
  recommends: flag({ help: 'Whether recommended packages are installed too', default: false }),
  mayRemove: flag({ help: 'Whether apt may remove other packages to install this one', default: false }),
  downgrade: flag({ help: 'Whether a version may be deployed that is older than the installed one', default: false }),
  wait: whole({ help: 'Seconds to wait for apt and dpkg when another program has locked them', default: 300, min: 0, max: 86_400 }),
  keep: whole({
    help: 'How many installed versions stay on a host, the present one among them, for deb.rollback',
    default: 3,
    min: 2,
    max: 100,
  }),
  folder: text({
    help: 'Where a host keeps packages, and notes which are installed; of root',
    default: '/var/lib/dragonfab/%(deb.packageName)s',
    pattern: /^\/[^\0-\x1f\x7f]+$/,
    expected: 'be an absolute path',
  }),
  version: text({
    help: 'The version that deb.rollback leads to; by default the one before the installed one',
    fact: 'while deb.rollback is planned',
    pattern: /^[0-9][0-9A-Za-z.+~:-]*$/,
    expected: 'be a version of a Debian package',
  }),
} as const

/** Flat ones: what describes the environment. */
export const variables = {
  debconf: text({
    help: 'A file of debconf answers for the package, relative to the config: lines as debconf-set-selections takes them, or stanzas of Name: and Value:',
  }),
} as const
