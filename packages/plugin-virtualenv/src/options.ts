import { flag, secretText, text } from '@dragonfab/core'
import { commandCheck } from './words.ts'

/** The options of both plugins that build a venv, under `virtualenv` and `virtualenvwrapper`. */
const sharedOptions = {
  tool: text({
    help: 'The tool that makes the venv: python’s venv, virtualenv, or uv, which then also installs',
    choices: ['venv', 'virtualenv', 'uv'],
    default: 'venv',
  }),
  executive: text({
    help: 'The command that makes the venv, instead of the tool’s; the path is appended to it',
    check: commandCheck,
  }),
  python: text({
    help: 'The Python of the venv: a name in the host’s PATH, or a path; for uv, also a version',
    default: 'python3',
    operand: true,
  }),
  requirements: text({
    help: 'The requirements file; a relative path is in the release',
    default: '%(releasePath)s/requirements.txt',
    operand: true,
  }),
  pipUpgrade: flag({
    help: 'Whether pip, setuptools and wheel are upgraded in a new venv; without an index, only those in the wheelhouse',
    default: true,
  }),
  index: flag({ help: 'Whether an index may be used; otherwise everything comes from the wheelhouse', default: true }),
  indexUrl: secretText({ help: 'Address of the index, with user and password if it needs them; by default the host’s settings' }),
  wheelhouse: text({ help: 'A folder of wheels to install from: absolute, or in the release', operand: true }),
  venvsPath: text({
    help: 'The folder of venvs that releases share, one for each set of inputs',
    default: '%(sharedPath)s/venvs',
    operand: true,
  }),
} as const

/** The options under `virtualenv`. */
export const virtualenvOptions = {
  ...sharedOptions,
  venvPath: text({
    help: 'The path of the release’s venv; a path outside the release becomes a link to the venv of the live release',
    default: '%(releasePath)s/venv',
    operand: true,
  }),
  activate: text({ help: 'A file that sh reads before pip runs, in addition to the venv’s bin/activate' }),
} as const

/** The options under `virtualenvwrapper`. */
export const wrapperOptions = {
  ...sharedOptions,
  source: text({
    help: 'The path of virtualenvwrapper.sh; it need not exist, because this plugin does the same itself',
    default: '/usr/local/bin/virtualenvwrapper.sh',
  }),
  home: text({
    help: 'WORKON_HOME; by default .virtualenvs in the home directory of the user who runs the steps',
    default: ({ sudoUser, user }: Readonly<Record<string, unknown>>) => {
      const owner = String(sudoUser ?? user)
      return `${owner === 'root' ? '/root' : `/home/${owner}`}/.virtualenvs`
    },
    operand: true,
  }),
  project: text({ help: 'Name or path of the shared venv', default: '%(virtualenvwrapper.home)s/%(projectName)s', operand: true }),
  activate: text({ help: 'A file that sh reads before pip runs, in addition to the venv’s bin/activate' }),
} as const

/** The options under `virtualenvtools`. */
export const toolsOptions = {
  strategy: text({
    help: 'update-path: the venv’s paths become those of the release. reinitialize: it also gets the host’s own Python',
    choices: ['update-path', 'reinitialize'],
    default: 'update-path',
  }),
  executable: text({
    help: 'The virtualenv-tools to call; with the default, the plugin does the same itself, and nothing must be installed',
    default: 'virtualenv-tools',
    check: commandCheck,
  }),
  venvPath: text({ help: 'The venv that the release ships', default: '%(releasePath)s/venv', operand: true }),
  python: text({
    help: 'The host’s Python that relocates, and that reinitialize gives to the venv',
    default: 'python3',
    operand: true,
  }),
} as const
