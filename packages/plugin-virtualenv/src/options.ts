import { flag, secretText, text } from '@dragonfab/core'
import { commandCheck } from './words.ts'

/** What both plugins that build a venv have: they stand under `virtualenv` and under `virtualenvwrapper`. */
const sharedOptions = {
  tool: text({
    help: 'What makes the venv: python’s own venv, virtualenv, or uv, which then also installs',
    choices: ['venv', 'virtualenv', 'uv'],
    default: 'venv',
  }),
  executive: text({
    help: 'The command that makes the venv, instead of the tool’s own; the path is added to it',
    check: commandCheck,
  }),
  python: text({
    help: 'The Python of the venv: a name in the PATH of the host, or a path; a version for uv',
    default: 'python3',
    operand: true,
  }),
  requirements: text({
    help: 'The file of requirements; a relative path is one in the release',
    default: '%(releasePath)s/requirements.txt',
    operand: true,
  }),
  pipUpgrade: flag({
    help: 'Whether pip, setuptools and wheel are brought up to date in a new venv; without an index, those that the wheelhouse has',
    default: true,
  }),
  index: flag({ help: 'Whether an index may be asked; without one all comes from the wheelhouse', default: true }),
  indexUrl: secretText({ help: 'Address of the index, with user and password where it wants them; the host’s own settings by default' }),
  wheelhouse: text({ help: 'A folder of wheels to install from: absolute, or in the release', operand: true }),
  venvsPath: text({
    help: 'Where venvs lie that releases share, one for each set of inputs',
    default: '%(sharedPath)s/venvs',
    operand: true,
  }),
} as const

/** What stands under `virtualenv`. */
export const virtualenvOptions = {
  ...sharedOptions,
  venvPath: text({
    help: 'Where the release has its venv; a path outside of the release becomes a link to the venv of the live release',
    default: '%(releasePath)s/venv',
    operand: true,
  }),
  activate: text({ help: 'A file that sh reads before pip runs, besides the venv’s own bin/activate, which needs not be named' }),
} as const

/** What stands under `virtualenvwrapper`. */
export const wrapperOptions = {
  ...sharedOptions,
  source: text({
    help: 'virtualenvwrapper.sh; what it would do, this plugin does, so it need not be there',
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
  activate: text({ help: 'A file that sh reads before pip runs, besides the venv’s own bin/activate, which needs not be named' }),
} as const

/** What stands under `virtualenvtools`. */
export const toolsOptions = {
  strategy: text({
    help: 'update-path: the venv’s paths become those of the release. reinitialize: it also gets the host’s own Python',
    choices: ['update-path', 'reinitialize'],
    default: 'update-path',
  }),
  executable: text({
    help: 'The virtualenv-tools to call; with the default name the plugin does the same by itself, and nothing need be installed',
    default: 'virtualenv-tools',
    check: commandCheck,
  }),
  venvPath: text({ help: 'The venv that the release ships', default: '%(releasePath)s/venv', operand: true }),
  python: text({
    help: 'The Python of the host that relocates, and that reinitialize gives to the venv',
    default: 'python3',
    operand: true,
  }),
} as const
