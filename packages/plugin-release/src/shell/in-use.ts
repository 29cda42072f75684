import { sh } from '@dragonfab/core'

/**
 * `gather` reads, in three processes for the whole host, what /proc shows of every process that this user may look into: working
 * directory, program, root, open files, mapped files; and the command lines of all. `used <release>` looks it up there, `who` tells
 * which process. A name that stands there by chance keeps a release, and never removes one. Without /proc nothing is seen.
 */
export const inUse = sh`
  newline='
  '
  gather() {
    seen=$({
      ls -n /proc/[0-9]*/cwd /proc/[0-9]*/exe /proc/[0-9]*/root /proc/[0-9]*/fd
      cat /proc/[0-9]*/maps
      cat /proc/[0-9]*/cmdline | tr '\0' '\n'
    } 2>/dev/null | grep -F "/\${releases##*/}/" || :)$newline
  }
  used() {
    case $seen in *"/$1/"* | *"/$1 "* | *"/$1$newline"*) return 0 ;; esac
    return 1
  }
  who() {
    for process in /proc/[0-9]*; do
      seen=$({ ls -n $process/cwd $process/exe $process/root $process/fd; cat $process/maps; tr '\0' '\n' <$process/cmdline; } 2>/dev/null)$newline
      used "$1" || continue
      name=
      read -r name 2>/dev/null <$process/comm || :
      echo "process \${process#/proc/} $name"
      return
    done
    echo 'a process'
  }
`
