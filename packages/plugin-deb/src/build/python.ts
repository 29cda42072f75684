import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import type { DebEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'

/** `run_pre_build <text> <name>`: runs it in a subshell. Not on the left of `||`, where `set -e` has no effect. */
export const runPreBuild = shellFunction(
  'deb_run_pre_build',
  sh`
    set +e
    ( set -e; eval "$1" )
    rc=$?
    set -e
    [ "$rc" = 0 ] || { echo "$2 (status $rc)"; exit ${exitStatus.preBuild}; }
  `,
)

/** Builds what a Python application needs into its package, so that the installation downloads nothing. */
export function buildPythonParts({ deb }: DebEnv): Fragment {
  const { wheel, wheelhouse, requirements, wheelserver, wheelserverTrustedHost, pipBuildDir, djangoPython, djangoProject } = deb
  const index = [
    ...(wheelserver === undefined ? [] : ['--index-url', wheelserver]),
    ...(wheelserverTrustedHost === undefined ? [] : ['--trusted-host', wheelserverTrustedHost]),
  ]
  const files = requirements.flatMap((file) => ['-r', file])
  const setTmpdir = pipBuildDir === undefined ? sh`` : sh`mkdir -p -- ${pipBuildDir}; TMPDIR=$(cd -- ${pipBuildDir} && pwd); export TMPDIR`
  const wheels = sh`
    set -e
    ${setTmpdir}
    rm -rf -- ${wheelhouse}
    ${djangoPython} -m pip wheel --disable-pip-version-check --wheel-dir ${wheelhouse} ${index} ${files}
  `
  return sh.join([
    wheel && sh`${runPreBuild} ${wheels.toString()} ${`the wheels of ${requirements.join(', ')}`}`,
    deb.virtualenv !== undefined &&
      sh`${runPreBuild} ${buildVirtualenv(deb, deb.virtualenv, [...(wheel ? ['--no-index', '--find-links', wheelhouse] : index), ...files], setTmpdir).toString()} ${`the virtualenv of ${requirements.join(', ')}`}`,
    deb.collectstatic &&
      sh`${runPreBuild} ${sh`cd -- ${djangoProject} && ${djangoPython} manage.py collectstatic --noinput`.toString()} ${'manage.py collectstatic'}`,
  ])
}

/**
 * A virtualenv contains its own path (in the first lines of its scripts, pyvenv.cfg, bin/activate), so it cannot be moved. This writes the path that it
 * will have on hosts instead. Hosts need the same Python as the machine that builds.
 */
function buildVirtualenv(deb: DebEnv['deb'], installedPath: string, arguments_: readonly string[], setTmpdir: Fragment): Fragment {
  const buildPath = 'debian/virtualenv'
  return sh`
    set -e
    ${setTmpdir}
    rm -rf -- ${buildPath}
    ${deb.djangoPython} -m venv ${buildPath}
    ${buildPath}/bin/python -m pip install --disable-pip-version-check --no-compile ${arguments_}
    built=$(cd -- ${buildPath} && pwd) installed=${installedPath}
    find "$built" -name __pycache__ -prune -exec rm -rf '{}' +
    grep -rlIF -e "$built" "$built" | while IFS= read -r each; do
      BUILT=$built INSTALLED=$installed perl -pi -e 's/\Q$ENV{BUILT}\E/$ENV{INSTALLED}/g' "$each"
    done
    ! grep -rlIF -e "$built" "$built"
  `
}
