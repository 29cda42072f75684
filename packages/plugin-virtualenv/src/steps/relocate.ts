import { type Fragment, type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failures } from '../exit-statuses.ts'
import { relocateProgram } from '../python/relocate.ts'
import { fail, findPython } from '../shell/python.ts'
import { trimPath } from '../venv.ts'
import { splitWords } from '../words.ts'

interface RelocateOptions {
  readonly strategy: 'update-path' | 'reinitialize'
  readonly executable: string
  readonly venvPath: string
  readonly python: string
}

/** The default name of the program in the original tool. This package does the same itself. */
const builtInName = 'virtualenv-tools'

/** Makes the shipped venv work at the release's path, which never changes: `current` is only a link to it. */
export function relocateVenv(
  options: RelocateOptions,
  { releasePath, currentPath }: { readonly releasePath: string; readonly currentPath: string },
): Step {
  const givenPath = trimPath(options.venvPath)
  const releaseRelative = givenPath.startsWith(`${currentPath}/`) ? `${releasePath}${givenPath.slice(currentPath.length)}` : givenPath
  const venv = releaseRelative.startsWith('/') ? releaseRelative : `${releasePath}/${releaseRelative}`
  const text = sh`
    venv=${venv}
    ${findPython({ tool: 'venv', python: options.python })}
    [ -d "$venv/bin" ] || ${fail} ${exitStatus.noShipped} "$venv"
    ${options.executable === builtInName ? relocateBuiltIn(options.strategy) : relocateByProgram(options)}
    output=$("$venv/bin/python" -c 'import os, sys; os.path.realpath(sys.prefix) == os.path.realpath(sys.argv[1]) or sys.exit("its Python uses %s as its home" % sys.prefix)' "$venv" 2>&1) ||
      ${fail} ${exitStatus.broken} "$output"
  `
  return step(text, { title: `relocate the venv (${options.strategy})`, failures })
}

function relocateBuiltIn(strategy: string): Fragment {
  return sh`
    output=$("$py" -I -c ${relocateProgram} "$venv" ${strategy} 2>&1) || ${fail} ${exitStatus.broken} "$(printf '%s\n' "$output" | tail -n 1)"
    printf '%s\n' "$output"
  `
}

function relocateByProgram({ executable, strategy }: RelocateOptions): Fragment {
  const words = splitWords(executable) ?? []
  return sh`
    command -v ${words[0] ?? ''} >/dev/null || ${fail} ${exitStatus.noTool} ${words[0] ?? ''}': not found'
    cd -- "$venv"
    ${strategy === 'reinitialize' ? sh`rm -f -- bin/python*` : sh.raw('')}
    output=$(${words} ${strategy === 'reinitialize' ? sh`--reinitialize` : sh`--update-path "$venv"`} "$venv" 2>&1) || ${fail} ${exitStatus.broken} "$output"
  `
}

export function checkRelocation(options: Pick<RelocateOptions, 'executable' | 'python'>): Step {
  const [program] = splitWords(options.executable) ?? []
  const text = sh`
    ${findPython({ tool: 'venv', python: options.python })}
    ${program === undefined || program === builtInName ? sh.raw('') : sh`command -v ${program} >/dev/null || ${fail} ${exitStatus.noTool} ${program}': not found'`}
  `
  return step(text, { title: 'can a venv be relocated', failures })
}
