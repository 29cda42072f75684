import { type Fragment, type Step, sh, step } from '@dragonfab/core'
import { failures, outcomes } from '../guards.ts'
import { relocation } from '../python/relocate.ts'
import { python } from '../shell/python.ts'
import { trimmed } from '../venv.ts'
import { wordsOf } from '../words.ts'

interface Relocated {
  readonly strategy: 'update-path' | 'reinitialize'
  readonly executable: string
  readonly venvPath: string
  readonly python: string
}

/** The name by which the original's default means the program; what it does stands in this package. */
const builtIn = 'virtualenv-tools'

/** Makes the shipped venv work at the release's path, which it keeps for life: `current` is only a link to it. */
export function relocate(
  options: Relocated,
  { releasePath, currentPath }: { readonly releasePath: string; readonly currentPath: string },
): Step {
  const wanted = trimmed(options.venvPath)
  const settled = wanted.startsWith(`${currentPath}/`) ? `${releasePath}${wanted.slice(currentPath.length)}` : wanted
  const venv = settled.startsWith('/') ? settled : `${releasePath}/${settled}`
  const text = sh`
    venv=${venv}
    ${python({ tool: 'venv', python: options.python })}
    [ -d "$venv/bin" ] || cannot ${outcomes.noShipped.status} "$venv"
    ${options.executable === builtIn ? byItself(options.strategy) : byProgram(options)}
    said=$("$venv/bin/python" -c 'import os, sys; os.path.realpath(sys.prefix) == os.path.realpath(sys.argv[1]) or sys.exit("its Python takes %s for its home" % sys.prefix)' "$venv" 2>&1) ||
      cannot ${outcomes.broken.status} "$said"
  `
  return step(text, { title: `relocate the venv (${options.strategy})`, failures })
}

function byItself(strategy: string): Fragment {
  return sh`
    said=$("$py" -I -c ${relocation} "$venv" ${strategy} 2>&1) || cannot ${outcomes.broken.status} "$(printf '%s\n' "$said" | tail -n 1)"
    printf '%s\n' "$said"
  `
}

function byProgram({ executable, strategy }: Relocated): Fragment {
  const words = wordsOf(executable) ?? []
  return sh`
    command -v ${words[0] ?? ''} >/dev/null || cannot ${outcomes.noTool.status} ${words[0] ?? ''}': not found'
    cd -- "$venv"
    ${strategy === 'reinitialize' ? sh`rm -f -- bin/python*` : sh.raw('')}
    said=$(${words} ${strategy === 'reinitialize' ? sh`--reinitialize` : sh`--update-path "$venv"`} "$venv" 2>&1) || cannot ${outcomes.broken.status} "$said"
  `
}

export function checkTools(options: Pick<Relocated, 'executable' | 'python'>): Step {
  const [program] = wordsOf(options.executable) ?? []
  const text = sh`
    ${python({ tool: 'venv', python: options.python })}
    ${program === undefined || program === builtIn ? sh.raw('') : sh`command -v ${program} >/dev/null || cannot ${outcomes.noTool.status} ${program}': not found'`}
  `
  return step(text, { title: 'relocate a venv', failures })
}
