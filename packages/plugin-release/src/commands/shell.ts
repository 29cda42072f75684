import { type Fragment, type Step, sh, step } from '@dragonfab/core'
import type { ReleaseEnv } from '../env.ts'
import { checkReleaseLive, runInRelease } from './once.ts'

/** Opens the application's console in the live release at a terminal, or runs a command that needs a terminal. */
export function openShell(env: ReleaseEnv, { command }: { readonly command?: string | undefined }): readonly Step[] {
  const consoleCommand = command?.trim() ? command : env.console
  // The command may handle Ctrl-C and continue, so the shell that waits for it must not exit.
  const text = consoleCommand === undefined ? findConsole(env.programPaths) : sh`trap : INT QUIT; eval ${consoleCommand}`
  return [checkReleaseLive(env), step(runInRelease(env, env.currentPath, text), { title: consoleCommand ?? 'open the console' })]
}

/** The folders where Python applications usually have their programs. */
const usualPaths = ['venv/bin', '.venv/bin', 'env/bin']

/** The console of the application in the working directory: Django's, else IPython, else its own Python, else a login shell. */
function findConsole(programPaths: readonly string[]): Fragment {
  return sh`
    python=
    for each in ${[...programPaths, ...usualPaths]}; do
      [ -x "$each/python" ] || continue
      python=$(cd "$each" && pwd)/python
      PATH=\${python%/*}:$PATH
      export PATH
      break
    done
    if [ -f manage.py ]; then exec "\${python:-$(command -v python3 || echo python)}" manage.py shell
    elif command -v ipython >/dev/null 2>&1; then exec ipython
    elif [ -n "$python" ]; then exec "$python"
    else case \${SHELL-} in */nologin | */false | '') exec sh -l ;; *) exec "$SHELL" -l ;; esac
    fi
  `
}
