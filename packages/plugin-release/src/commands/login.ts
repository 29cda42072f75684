import { deriveSecret, exportLines, type Fragment, isSecret, sh } from '@dragonfab/core'
import { type Dotenv, secretCheck } from '../dotenv/table.ts'

export interface LoginShellOptions {
  /** Where it runs. */
  readonly directory: string
  readonly dotenv: Dotenv
  /** The project's own environment of steps; the profile of a login shell would overwrite its PATH. */
  readonly shellEnv: Readonly<Record<string, string>>
  /** Runs when the directory was entered, before the command. */
  readonly onEnter?: Fragment | undefined
}

/**
 * Runs shell text as its user would after logging in: by the login shell where it is a POSIX one (a service's user has none), with the
 * profile's PATH and all, then the variables of `dotenv`, in a directory. The profile reads no input and its chatter goes nowhere, so that
 * the output is the command's alone. The text comes through a pipe: neither it nor a secret is in an argument list or in a file.
 *
 * fd 3 and 4 are the command's input and output while the profile runs, 6 brings the text.
 */
export function wrapInLoginShell(text: Fragment, { directory, dotenv, shellEnv, onEnter }: LoginShellOptions): Fragment {
  const check = secretCheck(dotenv)
  const body = sh.join([
    ...exportLines(shellEnv).map(sh.raw),
    ...Object.entries(dotenv).map(
      ([name, value]) =>
        sh`export ${sh.raw(name)}=${isSecret(value) ? deriveSecret(value, value.label, (text) => check(name, text)) : String(value)}`,
    ),
    text,
  ])
  const end = chooseDelimiter(body.toString())
  return sh.join([
    sh`
      cd -- ${directory}
      ${onEnter ?? sh`:`}
      if [ -n "\${DF_INPUT-}" ]; then exec 3<"$DF_INPUT"; rm -f -- "\${DF_INPUT%/*}/wait"; else exec 3<&0; fi
      case \${SHELL-} in */bash | */zsh | */ksh | */dash | */ash | */sh) shell=$SHELL ;; *) shell=sh ;; esac
      { printf '%s\n' "$DF_HOLES"; cat; } <<${sh.raw(`'${end}'`)} | "$shell" -l -c 'c=$(cat <&6); exec <&3 >&4 3<&- 4>&- 6<&-; eval "$c"' 4>&1 6<&0 </dev/null >/dev/null
    `,
    body,
    sh.raw(end),
  ])
}

/** A line that ends a here-document with this text in it. */
function chooseDelimiter(text: string): string {
  const lines = new Set(text.split('\n'))
  let end = 'END'
  while (lines.has(end)) end += '_'
  return end
}
