import { readdirSync, readFileSync } from 'node:fs'

/** Looks at the arguments and the environment of all processes of this machine, hosts and client alike, as often as it can. */
export function sampler(secrets: readonly string[]) {
  const found = new Set<string>()
  const curls = new Set<string>()
  let watching = true
  const look = (pid: string): void => {
    const [command = '', environment = ''] = ['cmdline', 'environ'].map((name) => read(`/proc/${pid}/${name}`).replaceAll('\0', ' '))
    for (const secret of secrets) {
      if (command.includes(secret)) found.add(`arguments of ${command}`)
      if (environment.includes(secret)) found.add(`environment of ${command}`)
    }
    if (/^(\S*\/)?curl /.test(command)) curls.add(command.trim())
  }
  const watched = (async () => {
    while (watching) {
      for (const pid of readdirSync('/proc')) if (/^\d+$/.test(pid) && Number(pid) !== process.pid) look(pid)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  })()
  return {
    /** What was found, and how curl was seen to be started. */
    stop: async () => {
      watching = false
      await watched
      return { found: [...found], curls: [...curls] }
    },
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
