import { deriveSecret, exportLines, type Fragment, isSecret, sh } from '@dragonfab/core'
import { type Dotenv, secretCheck } from '../dotenv/table.ts'

export interface LoginShellOptions {
  /** The folder in which it runs. */
  readonly directory: string
  readonly dotenv: Dotenv
  /** The environment of the project's steps. It comes after the profile, which would overwrite PATH. */
  readonly shellEnv: Readonly<Record<string, string>>
  /** Runs in the directory, before the command. */
  readonly onEnter?: Fragment | undefined
}

/**
 * Runs shell text in a directory as its user would after logging in: in the login shell if it is a POSIX shell (a service's user may not have
 * one), with the profile's PATH and the variables of `dotenv`. The profile reads no input and its output is dropped, so that all output is the
 * command's. The text comes through a pipe: neither it nor a secret is in an argument list or in a file.
 *
 * While the profile runs, fd 3 and 4 are the command's input and output, and fd 6 brings the text.
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

/** A line that can end a here-document with this text. */
function chooseDelimiter(text: string): string {
  const lines = new Set(text.split('\n'))
  let end = 'END'
  while (lines.has(end)) end += '_'
  return end
}
