import { type Fragment, sh } from '@dragonfab/core'

/**
 * The user's own script, in the release. By eval, so that a quote that is not closed is its own failure and no other step's; without `-u`,
 * since it was not written for it.
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
