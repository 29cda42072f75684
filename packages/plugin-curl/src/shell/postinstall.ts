import { type Fragment, sh } from '@dragonfab/core'

/**
 * Runs the user's script in the release: with eval, so that an unclosed quote makes only this step fail, and without `-u`, because scripts are
 * usually not written for it.
 */
export function runPostinstall(release: string, script: string, output: boolean): Fragment {
  const run = sh`cd -- ${release}
set +u
eval ${script}`
  if (output) return run
  return sh`
    log=$DF_RUN/curl.postinstall
    set +e
    (set -e
    ${run}
    ) >"$log" 2>&1
    status=$?
    [ "$status" -eq 0 ] || tail -n 20 -- "$log" >&2
    rm -f -- "$log"
    exit "$status"
  `
}
