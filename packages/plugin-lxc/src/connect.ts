import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { type ConnectContext, type Executor, usageError } from '@dragonfab/core'
import { attachExecutor } from './attach.ts'
import { sshExecutor } from './by-ssh.ts'
import { containerOf, type LxcEnv } from './env.ts'
import { machineOf, runThere } from './machine.ts'
import { up } from './shell/up.ts'

/** Environments whose container this process has made anew: a lost connection is no reason to do it again. */
const anew = new WeakSet<object>()

/** Brings the container up and goes inside; for tasks about the container itself, only to its machine. */
export async function connect(context: ConnectContext<LxcEnv>): Promise<Executor> {
  const { env, reads, outside, log } = context
  if (env.lxc === undefined) return context.executor
  const machine = await machineOf(context)
  if (outside) return machine
  const name = containerOf(env)
  const keys = await publicKeys(context)
  const told: Record<'note' | 'path' | 'address' | 'key', string[]> = { note: [], path: [], address: [], key: [] }
  const force = env.lxcForceNew && !reads && !anew.has(env)
  await runThere(machine, up(env, { anew: force, reads, keys }), env.host, (line) => {
    const [, kind, rest = ''] = /^(note|path|address|key) (.*)$/.exec(line) ?? []
    if (kind === undefined) return
    told[kind as keyof typeof told].push(rest)
    if (kind === 'note') log(rest)
  })
  anew.add(env)
  const addresses = (told.address[0] ?? '').split(' ').filter(Boolean)
  if (told.note.length) log(`up at ${addresses.join(', ')}`)
  if (env.lxcEnter === 'ssh') return sshExecutor(context, { name, addresses, keys: told.key })
  return attachExecutor(machine, { name, path: told.path[0] ?? '', user: env.user })
}

async function publicKeys({ env, directory }: ConnectContext<LxcEnv>): Promise<readonly string[]> {
  const texts = await Promise.all(
    env.lxcAuthorizedKeys.map(async (file) => {
      try {
        return await readFile(
          resolve(
            directory,
            file.replace(/^~(?=\/)/, () => homedir()),
          ),
          'utf8',
        )
      } catch (error) {
        throw usageError({
          code: 'LXC_NO_KEY_FILE',
          message: `lxcAuthorizedKeys: ${file} cannot be read`,
          cause: error instanceof Error ? error.message : String(error),
        })
      }
    }),
  )
  return texts.flatMap((text) => text.split('\n').filter((line) => /\S/.test(line)))
}
