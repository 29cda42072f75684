import { type Fragment, sh } from '@dragonfab/core'

/**
 * Runs the user's script in the release. With eval, so that an unclosed quote makes only this step fail. Without `-u`, because the script was
 * not written for it.
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
