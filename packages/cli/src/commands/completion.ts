import { didYouMean, usageError } from '@dragonfab/core'

/** The scripts ask the program for candidates, so that they offer the environments and tasks of the current project. */
const scripts = {
  bash: `_dragonfab() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(dragonfab completion candidates -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _dragonfab dragonfab
`,
  zsh: `#compdef dragonfab
_dragonfab() {
  local -a candidates
  candidates=("\${(@f)$(dragonfab completion candidates -- "\${words[@]:1:$((CURRENT - 2))}" 2>/dev/null)}")
  compadd -- $candidates
}
compdef _dragonfab dragonfab
`,
  fish: `complete -c dragonfab -f -a '(dragonfab completion candidates -- (commandline -opc)[2..-1] 2>/dev/null)'
`,
} as const

/** `completion bash`: a script for the shell's start file. */
export function completionScript(shell: string | undefined): string {
  if (shell !== undefined && Object.hasOwn(scripts, shell)) return scripts[shell as keyof typeof scripts]
  const remedy = shell === undefined ? undefined : didYouMean(shell, Object.keys(scripts))
  throw usageError({
    code: 'COMPLETION_SHELL',
    message: shell === undefined ? 'completion needs the name of a shell' : `there is no completion for ‘${shell}’`,
    remedy: remedy ?? `for example: dragonfab completion bash >>~/.bashrc (shells: ${Object.keys(scripts).join(', ')})`,
  })
}
