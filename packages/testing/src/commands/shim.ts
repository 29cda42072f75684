import { quote } from '@dragonfab/core'
import type { Answer, Answers, Call } from './answers.ts'

/** A program in sh that records its calls and gives the answers. Its counters are in `folder`. */
export function buildShim(name: string, answers: Answers, folder: string): string {
  const body = typeof answers === 'string' ? answers : answerScript(name, [answers].flat(), folder)
  return `#!/bin/sh\n${recordCallText(name, folder)}\n${body}\n`
}

/**
 * A `sudo` that changes no user: a test must not become root on your machine. It skips sudo's own options, and sets variables that are
 * given before the command, as sudo does.
 */
export function buildSudoShim(folder: string): string {
  return `#!/bin/sh
${recordCallText('sudo', folder)}
while [ $# -gt 0 ]; do
  case $1 in
  --) shift; break ;;
  -[ugpUhCrtTDR]) shift 2 ;;
  -*) shift ;;
  *=*) export "$1"; shift ;;
  *) break ;;
  esac
done
[ $# -gt 0 ] || exit 0
exec "$@"
`
}

/** A program that a test must not really call, because it would change this machine. */
export function buildRefusalShim(name: string, folder: string): string {
  const said = `${name}: would change this machine; give it an answer in this test: commands: { '${name}': { status: 0 } }`
  return `#!/bin/sh\n${recordCallText(name, folder)}\nprintf '%s\\n' ${quote(said)} >&2\nexit 127\n`
}

/** Programs that change the machine itself. Hosts are folders of this machine, so these run only if the test gives their answers. */
export const guardedPrograms = [
  ...['systemctl', 'service', 'supervisorctl', 'supervisord', 'initctl', 'rc-service', 'runsvdir', 'sv'],
  ...['reboot', 'shutdown', 'poweroff', 'halt', 'mount', 'umount', 'iptables', 'nft', 'sysctl', 'crontab', 'loginctl'],
  ...['apt', 'apt-get', 'dpkg', 'aptitude', 'dnf', 'yum', 'apk', 'snap', 'useradd', 'userdel', 'usermod', 'groupadd', 'adduser', 'passwd'],
  ...['docker', 'podman', 'lxc-attach', 'lxc-start', 'lxc-stop', 'lxc-destroy', 'lxc-copy', 'lxc', 'incus', 'dropdb', 'createdb'],
] as const

const callsFile = (folder: string): string => `${folder}/calls`

function recordCallText(name: string, folder: string): string {
  return `printf '%s\\0' "$#" "$PWD" ${quote(name)} "$@" >>${quote(callsFile(folder))}`
}

/** Reads the calls that shims recorded: for each the number of arguments, the folder, the name, the arguments. */
export function readCalls(bytes: string): readonly Call[] {
  const words = bytes.split('\0')
  const found: Call[] = []
  for (let at = 0; at + 2 < words.length; ) {
    const count = Number(words[at])
    found.push({ command: words[at + 2] ?? '', cwd: words[at + 1] ?? '', args: words.slice(at + 3, at + 3 + count) })
    at += 3 + count
  }
  return found
}

function answerScript(name: string, answers: readonly Answer[], folder: string): string {
  return [
    ...answers.map((answer, index) => answerCase(answer, `${folder}/${name}.${index}`)),
    `printf '%s\\n' ${quote(`${name}: no answer of this test fits`)}" $*" >&2`,
    'exit 127',
  ].join('\n')
}

function answerCase({ args = [], status = 0, stdout = '', stderr = '', times }: Answer, counter: string): string {
  const file = quote(counter)
  const fits = args.map((word, index) => `[ "\${${index + 1}-}" = ${quote(word)} ]`)
  const often = times === undefined ? [] : [`n=$(cat ${file} 2>/dev/null || echo 0)`, `[ "$n" -lt ${times} ]`, `echo $((n + 1)) >${file}`]
  return [
    `if ${[...fits, ...often, ':'].join(' && ')}; then`,
    ...(stdout ? [`printf %s ${quote(stdout)}`] : []),
    ...(stderr ? [`printf %s ${quote(stderr)} >&2`] : []),
    `exit ${status}`,
    'fi',
  ].join('\n')
}
