import { sh } from '@dragonfab/core'

/**
 * `report <exit status> <sentence> <name>…`: ends the step with the last log lines of these programs and the sentence.
 * `state_of <name>…`: what supervisord says of them, as a sentence. Both need `ask` and `rows_of`.
 * What a program wrote to stderr comes last: it is what tells most, and only so many lines are kept.
 */
export const report = sh`
  log_of() {
    for stream in stdout stderr; do
      ask tail -4000 "$1" "$stream"
      case $said in *': ERROR ('*) continue ;; esac
      [ "$rc" = 0 ] && [ -n "$said" ] || continue
      printf '%s, last lines of %s:\n' "$1" "$stream"
      printf '%s\n' "$said" | tail -n 8
    done
  }
  state_of() {
    for name in "$@"; do rows_of "$name"; done | {
      all=
      while read -r name state pid rest; do all="$all\${all:+; }$name is $state\${rest:+: $rest}"; done
      printf '%s\n' "$all"
    }
  }
  report() {
    status=$1 sentence=$2
    shift 2
    for name in "$@"; do log_of "$name"; done
    printf '%s\n' "$sentence"
    exit "$status"
  }
`
