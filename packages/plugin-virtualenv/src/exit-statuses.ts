import { exitStatuses } from '@dragonfab/core'

/** How the steps of this package may fail. `$OUTPUT` is the last line that a step printed. */
export const { exitStatus, failures } = exitStatuses({
  noPython: {
    status: 64,
    code: 'PYTHON_MISSING',
    message: 'the host has no Python 3: $OUTPUT',
    remedy: 'install it (`apt install python3`), or set `python` to the one to use',
  },
  noEnsurepip: {
    status: 65,
    code: 'VENV_MISSING',
    message: 'this Python cannot create a venv: $OUTPUT',
    remedy: "run `apt install python3-venv` on the host, or set `tool: 'virtualenv'` or `'uv'`",
  },
  noTool: {
    status: 66,
    code: 'VENV_TOOL_MISSING',
    message: 'a program is not installed on the host: $OUTPUT',
    remedy: "install it (`apt install virtualenv`; uv: see its documentation), or set `tool: 'venv'`",
  },
  noRequirements: {
    status: 67,
    code: 'VENV_REQUIREMENTS_MISSING',
    message: 'the requirements file cannot be read: $OUTPUT',
    remedy: 'ship it in the release, or correct `requirements`',
  },
  noWheelhouse: {
    status: 68,
    code: 'VENV_WHEELHOUSE_MISSING',
    message: 'the wheelhouse does not exist: $OUTPUT',
    remedy: 'set `wheelhouse` to a folder of wheels, absolute or in the release',
  },
  notMade: {
    status: 69,
    code: 'VENV_NOT_MADE',
    message: 'the venv cannot be created: $OUTPUT',
    remedy: 'see the output above; nothing live was changed',
  },
  unmet: {
    status: 70,
    code: 'VENV_REQUIREMENTS_UNMET',
    message: 'the requirements cannot be installed: $OUTPUT',
    remedy: 'correct the requirements, or add what is missing to the index or the wheelhouse; nothing live was changed',
  },
  diskFull: {
    status: 71,
    code: 'DISK_FULL',
    message: 'the disk is full: $OUTPUT',
    remedy: 'free some space there and deploy again; nothing live was changed',
  },
  taken: {
    status: 72,
    code: 'VENV_PATH_TAKEN',
    message: 'the path of the venv belongs to something else: $OUTPUT',
    remedy: 'move it away, or set another path',
  },
  notWritable: {
    status: 73,
    code: 'VENV_NOT_WRITABLE',
    message: 'the user who deploys has no permission to write: $OUTPUT',
    remedy: 'give the folder to that user (chown -R)',
  },
  gone: {
    status: 74,
    code: 'VENV_GONE',
    message: 'the venv of that release no longer exists: $OUTPUT',
    remedy: 'roll back to another release, or deploy again',
  },
  noActivate: {
    status: 76,
    code: 'VENV_ACTIVATE',
    message: 'the file in `activate` failed or cannot be read: $OUTPUT',
    remedy: 'correct `activate`, or remove it: the venv does not need it. sh, not bash, reads the file',
  },
  noShipped: {
    status: 77,
    code: 'VENV_NOT_SHIPPED',
    message: 'the release has no venv to relocate: $OUTPUT',
    remedy: 'ship it in the release, or correct `virtualenvtools.venvPath`',
  },
  broken: {
    status: 78,
    code: 'VENV_BROKEN',
    message: 'the relocated venv does not work: $OUTPUT',
    remedy:
      "install its Python on the host, or set `virtualenvtools.strategy: 'reinitialize'` to give it the host's Python of the same version",
  },
})
