import { type Step, sh, step } from '@dragonfab/core'
import { type DebEnv, packageDir } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { buildScript } from './script.ts'

/** Builds the package on this machine. */
export function buildLocally(env: DebEnv): Step {
  const text = sh`
    source=${env.deb.source} folder=${packageDir(env)}
    mkdir -p -- "$folder"
    folder=$(cd -- "$folder" && pwd)
    ${buildScript(env)}
    while read -r hash file; do
      [ "$PWD" = "$folder" ] || cp -p -- "$file" "$folder/$file" || { echo "$folder/$file"; exit ${exitStatus.artefacts}; }
      printf '%s  sha256 %s\n' "$folder/$file" "$hash"
    done <"$changes.sha256"
    rm -f -- "$changes.sha256"
    [ "$PWD" = "$folder" ] || cp -p -- "$changes" "$folder/$changes"
    echo "$folder/$changes"
  `
  return step(text, { title: `build ${env.deb.packageName}`, target: 'local', showOutput: true, failures })
}
