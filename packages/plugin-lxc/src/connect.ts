import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { type ConnectContext, type Executor, usageError } from '@dragonfab/core'
import { createAttachExecutor } from './attach-executor.ts'
import { containerOf, type LxcEnv } from './env.ts'
import { machineOf, runOnMachine } from './machine.ts'
import { bringUp } from './shell/bring-up.ts'
import { connectBySsh } from './ssh-executor.ts'

/** Environments whose container this process has recreated. Reconnecting must not recreate it again. */
const recreatedEnvs = new WeakSet<object>()

/** Brings the container up and enters it. Tasks about the container itself get its machine. */
export async function connectContainer(context: ConnectContext<LxcEnv>): Promise<Executor> {
  const { env, readOnly, onMachine, log } = context
  if (env.lxc === undefined) return context.executor
  const machine = await machineOf(context)
  if (onMachine) return machine
  const name = containerOf(env)
  const keys = await publicKeys(context)
  const reported: Record<'note' | 'path' | 'address' | 'key', string[]> = { note: [], path: [], address: [], key: [] }
  const recreate = env.lxcForceNew && !readOnly && !recreatedEnvs.has(env)
  await runOnMachine(machine, bringUp(env, { recreate: recreate, readOnly, keys }), env.host, (line) => {
    const [, kind, rest = ''] = /^(note|path|address|key) (.*)$/.exec(line) ?? []
    if (kind === undefined) return
    reported[kind as keyof typeof reported].push(rest)
    if (kind === 'note') log(rest)
  })
  recreatedEnvs.add(env)
  const addresses = (reported.address[0] ?? '').split(' ').filter(Boolean)
  if (reported.note.length) log(`up at ${addresses.join(', ')}`)
  if (env.lxcEnter === 'ssh') return connectBySsh(context, { name, addresses, keys: reported.key })
  return createAttachExecutor(machine, { name, path: reported.path[0] ?? '', user: env.user })
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
