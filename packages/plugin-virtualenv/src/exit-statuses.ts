import { exitStatuses } from '@dragonfab/core'

/** All ways in which a step of this package ends, each with what people read. `$OUTPUT` is the step's last line. */
export const { exitStatus, failures } = exitStatuses({
  noPython: {
    status: 64,
    code: 'PYTHON_MISSING',
    message: 'there is no Python 3 there: $OUTPUT',
    remedy: 'install it (`apt install python3`), or name the one to use with `python`',
  },
  noEnsurepip: {
    status: 65,
    code: 'VENV_MISSING',
    message: 'that Python cannot make a venv: $OUTPUT',
    remedy: "`apt install python3-venv` there, or set `tool: 'virtualenv'` or `'uv'`",
  },
  noTool: {
    status: 66,
    code: 'VENV_TOOL_MISSING',
    message: 'a program is not installed there: $OUTPUT',
    remedy: "install it (`apt install virtualenv`; uv: see its documentation), or set `tool: 'venv'`",
  },
  noRequirements: {
    status: 67,
    code: 'VENV_REQUIREMENTS_MISSING',
    message: 'a file of requirements cannot be read: $OUTPUT',
    remedy: 'ship it in the release, or correct `requirements`',
  },
  noWheelhouse: {
    status: 68,
    code: 'VENV_WHEELHOUSE_MISSING',
    message: 'there is no such wheelhouse: $OUTPUT',
    remedy: 'correct `wheelhouse`: a folder of wheels, absolute or in the release',
  },
  notMade: {
    status: 69,
    code: 'VENV_NOT_MADE',
    message: 'the venv could not be made: $OUTPUT',
    remedy: 'nothing live was changed; see the output above',
  },
  unmet: {
    status: 70,
    code: 'VENV_REQUIREMENTS_UNMET',
    message: 'the requirements cannot be installed: $OUTPUT',
    remedy: 'nothing live was changed; correct the requirements, or put what is missing into the index or the wheelhouse',
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
    message: 'what stands at the path of the venv is not ours: $OUTPUT',
    remedy: 'move it away, or choose another path',
  },
  notWritable: {
    status: 73,
    code: 'VENV_NOT_WRITABLE',
    message: 'the user who deploys may not write there: $OUTPUT',
    remedy: 'give the folder to that user (chown -R)',
  },
  gone: {
    status: 74,
    code: 'VENV_GONE',
    message: 'the venv of that release has gone: $OUTPUT',
    remedy: 'something removed it from the host: roll back to another release, or deploy again',
  },
  noActivate: {
    status: 76,
    code: 'VENV_ACTIVATE',
    message: 'the file to activate failed or cannot be read: $OUTPUT',
    remedy: 'correct `activate`, or leave it out: the venv needs none. It is read by sh, not by bash',
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
    remedy: "its Python must be on the host; `virtualenvtools.strategy: 'reinitialize'` gives it the host's own, of the same version",
  },
})
