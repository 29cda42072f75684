import { type Fragment, sh } from '@dragonfab/core'

/**
 * The console of what stands in the working directory: Django's, else IPython, else the virtualenv's Python, else a login shell.
 * `venv` names the virtualenv where the project says; the usual places are looked at as well.
 */
export function openConsole(venv: string | undefined): Fragment {
  return sh`
    python=
    for each in ${[...(venv === undefined ? [] : [venv]), 'venv', '.venv', 'env']}; do
      [ -x "$each/bin/python" ] || continue
      python=$(cd "$each/bin" && pwd)/python
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
