import { type Fragment, type Step, sh, step } from '@dragonfab/core'
import type { DebEnv } from '../env.ts'
import { stateFunctions } from '../shell/apt.ts'

/** What is installed, what is kept, and an installation whose end nobody saw. Needs no root. */
export function showStatus(env: DebEnv): Step {
  const text = sh`
    package=${env.deb.packageName} folder=${env.deb.folder}
    ${stateFunctions}
    state
    printf '%-10s %s\n' "$package" "\${have:+$have, }$(told)"
    kept=$(cut -f 1 "$folder/installed" 2>/dev/null | tr '\n' ' ') || :
    [ -z "$kept" ] || printf '%-10s %s\n' kept "$kept"
    if [ -f "$folder/last" ]; then
      read -r version run since <"$folder/last"
      printf '%-10s %s\n' begun "$version, $since, by run $run: its end was not seen; the next deployment goes on from there"
    fi
  `
  return step(text, { title: `status of ${env.deb.packageName}`, showOutput: true })
}

/** What `apply` compares. */
export function fingerprintPackage(env: DebEnv): Fragment {
  return sh`
    package=${env.deb.packageName}
    ${stateFunctions}
    state
    echo "$package \${have:-nothing} ($(told))"
  `
}
