/**
 * The program that a host runs during a run: one shell that reads frames from its input and evaluates each in a child, so that it always
 * notices when its client goes away. POSIX sh (dash, bash, busybox ash).
 *
 * A frame is a header line, the text, and a line with the session's nonce:
 *   set <id>          evaluated in the loop itself (variables, the lock)
 *   define            shell functions, evaluated in the loop itself; if that fails, the next script ends at once
 *   run <id> [last]   evaluated in a subshell, without input; `last` also reports the processes that it leaves running
 *   stop              ends the running scripts, waits for them, and keeps the session
 *   beat              the client is alive; if no other beat comes for $DF_BEAT seconds, that counts as the end of input
 *   bye               ends the session but no other process
 * The end of input without `bye` ends the running scripts and waits for them. Then the loop ends, which releases the lock.
 *
 * fd 9 is the lock, fd 8 the lock that other users' sessions share. `enter` closes both for steps, except for those that survive.
 * The text is a constant, sent on stdin, so nothing in it depends on a run. (`$\{` is `${` in the shell.)
 */
export const loopScript = String.raw`# Dragonfab's session (@dragonfab/run, session/loop)
mark() { printf '\036%s %s\n' "$DF_NONCE" "$*"; printf '\036%s %s\n' "$DF_NONCE" "$*" >&2; }
begin() { mark begin "$1"; }
finish() { mark finish "$1" "$2"; return "$2"; }
enter() { set -eu; exec 8>&- 9>&-; }
members() { # pid:parent of each process in this session's group, except the calling process and those that started the session
  [ -n "$DF_GROUP" ] || return 0
  IFS= read -r me </proc/self/stat; me=$\{me%% *}
  # A shell reads byte by byte, so cat and sed find candidates. A process may have a name that looks like a match, so each is checked again.
  for q in $(cat /proc/[0-9]*/stat | sed -n "s/^\([0-9]*\) (.*) [^Z] [0-9]* $DF_GROUP .*/\1/p"); do
    IFS= read -r s <"/proc/$q/stat" || continue
    s=$\{s##*") "}; set -- $s
    [ "$3" = "$DF_GROUP" ] && [ "$1" != Z ] && [ "$q" != "$me" ] || continue
    # The process that feeds the password to sudo is a child of those, and not one of ours.
    case $DF_STARTERS in *" $q "*) continue ;; *" $2 "*) [ "$q" = "$$" ] || continue ;; esac
    printf '%s:%s ' "$q" "$2"
  done
  :
} 2>/dev/null
left() { # the processes that a script has left running: members whose parent has ended
  m=$(exec 8>&- 9>&-; members)
  for p in $m; do
    [ "$\{p%:*}" = "$$" ] && continue
    case " $m" in *" $\{p#*:}:"*) ;; *) printf '%s ' "$\{p%:*}" ;; esac
  done
}
drain() { # waits until this session's group is empty, for at most $1 seconds; kills processes that have not ended after ten
  # With many processes each look takes long, so counting rounds is not enough. A clock may be set back, so seconds alone are not either.
  c=0 e=$(date +%s)
  while x=$(exec 8>&- 9>&-; members) && [ "$x" != "$\{x#* * }" ]; do
    c=$((c + 1)) u=$(($(date +%s) - e))
    [ "$c" -lt 100 ] && [ "$u" -lt 10 ] || for p in $x; do [ "$\{p%:*}" = "$$" ] || kill -KILL "$\{p%:*}" 2>/dev/null; done
    [ -z "$\{1-}" ] || { [ "$c" -lt "$1"0 ] && [ "$u" -lt "$1" ]; } || return 0
    sleep 0.1
  done
}
watch() {
  [ -z "$DF_WATCH" ] || kill "$DF_WATCH" 2>/dev/null
  (
    exec 8>&- 9>&- </dev/null >/dev/null 2>&1
    sleep "$DF_BEAT" & s=$!
    trap 'kill "$s"; exit' TERM
    wait "$s"
    trap '' TERM
    kill -TERM 0
    sleep 15
    kill -KILL 0
  ) &
  DF_WATCH=$!
}
survive() { # id, with the text on stdin: continues when the client goes away, and holds the lock until it ends
  o=$DF_STATE/survived
  # If another user of this state directory has created the folder (root, in a step as root), use one per user beside it.
  mkdir -p "$o" && [ -w "$o" ] || { o=$o-$(id -u); mkdir -p "$o" || return; }
  o=$o/$DF_R-$1
  t=$(cat; printf x)
  rm -f "$o.status"
  (: >"$o.out") || return
  printf '%s\n%s\nmain() { :\nset -eu\n%s\n}\nmain </dev/null\n' "$DF_HOLES" "$DF_LIBRARY" "$\{t%x}" |
    setsid sh -c 'trap "" HUP; t=$(cat); (eval "$t") >>"$1.out" 2>&1; echo "$?" >"$1.new"; mv -f "$1.new" "$1.status"' sh "$o" &
  j=$! n=0 e=
  while [ -z "$e" ]; do
    if [ -e "$o.status" ]; then read -r e <"$o.status"
    elif ! kill -0 "$j" 2>/dev/null && [ ! -e "$o.status" ]; then e=125
    else sleep 0.1
    fi
    z=$(wc -c <"$o.out")
    [ "$z" -le "$n" ] || { tail -c "+$((n + 1))" "$o.out" | head -c "$((z - n))"; n=$z; }
  done
  return "$e"
}
cd "$\{HOME:-/}" 2>/dev/null || cd /
DF_GROUP= DF_STARTERS=' ' p=$$
while IFS= read -r s 2>/dev/null <"/proc/$p/stat"; do # sudo and a login shell wait for this shell, so it must not wait for them
  s=$\{s##*") "}; set -- $s
  [ -n "$DF_GROUP" ] || DF_GROUP=$3
  [ "$p" = "$$" ] || DF_STARTERS="$DF_STARTERS$p "
  p=$2
  [ "$3" = "$DF_GROUP" ] && [ "$p" != 0 ] || break
done
DF_WATCH= DF_R= DF_RUN= DF_STATE= DF_HOLES= DF_LIBRARY= DF_BROKEN= DF_WHO= DF_LOCKED= DF_INPUT= DF_RESULT= DF_FAILED= DF_BEAT=120
trap : TERM HUP INT PIPE
mark ready "$$"
while IFS= read -r h; do
  t= l=
  while IFS= read -r l && [ "$l" != "$DF_NONCE" ]; do t=$t$l$DF_NEWLINE; done
  [ "$l" = "$DF_NONCE" ] || break
  case $h in
  set\ *)
    eval "$t"
    mark done "$\{h#set }" "$?"
    ;;
  define)
    # Try it in a subshell first: a syntax error would end the loop.
    if (eval "$t") </dev/null; then eval "$t"; DF_LIBRARY=$DF_LIBRARY$t; else DF_BROKEN=yes; fi
    ;;
  run\ *)
    (
      i=$\{h#run } b=
      case $i in *\ last) i=$\{i% last} b=last ;; esac
      if [ "$DF_LOCKED" = no ]; then mark done "$i" 75; exit; fi
      if [ -n "$DF_BROKEN" ]; then mark broken; mark done "$i" 126; exit; fi
      ( eval "$t" ) </dev/null
      rc=$?
      [ -z "$DF_RUN" ] || [ ! -d "$DF_RUN" ] || printf '%s %s\n' "$i" "$rc" >>"$DF_RUN/ended"
      [ -z "$b" ] || { x=$(left); [ -z "$x" ] || mark left $x; }
      mark done "$i" "$rc"
    ) &
    DF_BROKEN=
    ;;
  stop)
    kill -TERM 0
    DF_WATCH=
    drain 15
    mark stopped
    ;;
  beat) watch ;;
  bye)
    trap '' TERM
    [ -z "$DF_WATCH" ] || kill "$DF_WATCH" 2>/dev/null
    [ "$DF_LOCKED" != yes ] || : >"$DF_STATE/lock"
    exec 8>&- 9>&-
    mark gone
    exit 0
    ;;
  esac
done
trap '' TERM HUP INT PIPE
kill -TERM 0
drain
wait
[ -z "$DF_INPUT" ] || rm -rf -- "$\{DF_INPUT%/*}"
exit 1
`.replaceAll('$\\{', '${')

/**
 * The first line of the input: reads the nonce, then the loop itself up to the nonce, and evaluates it. `DF_NEWLINE` is a newline.
 * The loop is not in `argv`, so that no login shell (fish, tcsh) has to parse a text of many lines as one word.
 */
export const readerScript =
  'DF_NEWLINE=$(printf "\\nx"); DF_NEWLINE=${DF_NEWLINE%x}; IFS= read -r DF_NONCE; DF_TEXT=; while IFS= read -r l && [ "$l" != "$DF_NONCE" ]; do DF_TEXT=$DF_TEXT$l$DF_NEWLINE; done; eval "$DF_TEXT"'

/** The command that an executor starts. It is a constant, so that no data of a run is ever on a command line. */
export const sessionArgv: readonly string[] = ['sh', '-c', 'IFS= read -r b && eval "$b"']
