import { type Fragment, type Step, sh, step } from '@dragonfab/core'
import type { DebEnv } from '../env.ts'
import { describeState, readState } from '../shell/apt.ts'

/** Prints the installed version, the kept ones, and an installation whose end is unknown. Needs no root. */
export function showStatus(env: DebEnv): Step {
  const text = sh`
    package=${env.deb.packageName} folder=${env.deb.folder}
    ${readState}
    printf '%-10s %s\n' "$package" "\${have:+$have, }$(${describeState})"
    kept=$(cut -f 1 "$folder/installed" 2>/dev/null | tr '\n' ' ') || :
    [ -z "$kept" ] || printf '%-10s %s\n' kept "$kept"
    if [ -f "$folder/last" ]; then
      read -r version run since <"$folder/last"
      printf '%-10s %s\n' begun "$version, $since, by run $run: its end is unknown; the next deployment completes it"
    fi
  `
  return step(text, { title: `status of ${env.deb.packageName}`, showOutput: true })
}

/** `apply` compares this with the plan. */
export function fingerprintPackage(env: DebEnv): Fragment {
  return sh`
    package=${env.deb.packageName}
    ${readState}
    echo "$package \${have:-nothing} ($(${describeState}))"
  `
}
