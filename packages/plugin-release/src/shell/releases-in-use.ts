import { sh, shellFunction } from '@dragonfab/core'

/**
 * `gather` reads what /proc shows of every process that this user may inspect (working directory, program, root, open files, mapped files), and
 * the command lines of all. It starts only a few programs for the whole host. Then `holder <release>` prints the first process that names the
 * release, or fails. A name that occurs by chance keeps a release, and never removes one. Without /proc, no process is found.
 * A process can be inspected if its folder of open files is readable; trying everything else would take too long. `ls` and `tail` print a header
 * for each operand, which shows the process of the lines below it.
 */
export const gather = shellFunction(
  'release_gather',
  sh`
    part=/\${releases##*/}/ links=/proc/self/cwd fds=/proc/self/fd maps=
    for process in /proc/[0-9]*; do
      [ ! -r "$process/fd" ] || links="$links $process/cwd $process/exe $process/root" fds="$fds $process/fd" maps="$maps $process/maps"
    done
    uses="$({
      ls -n $links | sed -n 's#^.* /proc/\([0-9]*\)/[a-z]* -> #\1 #p'
      ls -n $fds | sed -n -e '/^\/proc\/.*:$/{' -e 's/[^0-9]//g' -e h -e d -e '}' -e '/ -> \//{' -e G -e 's/^.* -> \(.*\)\n\(.*\)$/\2 \1/p' -e '}'
      grep -F -- "$part" /dev/null $maps | sed 's#^/proc/\([0-9]*\)/maps:#\1 #'
      tail -n +1 /proc/[0-9]*/cmdline | tr '\0' ' ' | sed -n -e '/^==> \/proc\/.* <==$/{' -e 's/[^0-9]//g' -e h -e d -e '}' -e G -e 's/^\(.*\)\n\(.*\)$/\2 \1/p'
    } 2>/dev/null | grep -F -- "$part" || :) "
  `,
)

export const holder = shellFunction(
  'release_holder',
  sh`
    line=$(printf '%s\n' "$uses" | grep -e "/$1[/ ]" -e "/$1\$" | head -n 1); [ -n "$line" ] || return 1
    name=; read -r name 2>/dev/null <"/proc/\${line%% *}/comm" || :
    echo "process \${line%% *} $name"
  `,
)
