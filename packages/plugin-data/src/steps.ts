import { join, resolve } from 'node:path'
import { type CodeContext, type CodeStep, type CoreEnv, code, DragonfabError, usageError, type Values } from '@dragonfab/core'
import { pickerOf, size } from '@dragonfab/upload'
import { differencesOf } from './differences.ts'
import { type Listing, listing, type Place } from './listing.ts'
import type { options } from './options.ts'
import { problem } from './problems.ts'
import { transfer } from './transfer.ts'

export interface DataEnv extends CoreEnv {
  readonly data: Values<typeof options>
}

/** What a step does, as a plan shows it: JSON. */
interface Job {
  readonly dirs: readonly string[]
  readonly exclude: readonly string[]
  /** Whether what is only there is deleted. */
  readonly remove: boolean
  /** Whether somebody must agree before anything is replaced or deleted. */
  readonly asks: boolean
}

const count = (number: number, what: string): string => `${number.toLocaleString('en-US')} ${what}${number === 1 ? '' : 's'}`

function jobOf({ data }: DataEnv, remove: boolean): Job {
  if (!data.dirs.length)
    throw usageError({ code: 'DATA_NONE', message: 'data.dirs is empty', remedy: "name what is brought: data: { dirs: ['shared/media'] }" })
  return { dirs: data.dirs, exclude: data.exclude, remove, asks: data.protected }
}

/** `data.pull`: from the first host to this machine. */
export function pull(env: DataEnv, remove: boolean): CodeStep {
  const { base, here } = env.data
  const args = { ...jobOf(env, remove), asks: false, base, here }
  return code({ name: 'data.pull', title: `bring ${args.dirs.join(', ')} to ${here}`, args, once: true }, async (context) => {
    for (const dir of args.dirs) await bring(onHost(context, base, dir), onThisMachine(context, here, dir), dir, args, context)
  })
}

/** `data.push`: from this machine to every host. */
export function push(env: DataEnv, remove: boolean): CodeStep {
  const { base, here } = env.data
  const args = { ...jobOf(env, remove), base, here }
  return code({ name: 'data.push', title: `send ${args.dirs.join(', ')} from ${here}`, args }, async (context) => {
    for (const dir of args.dirs) await bring(onThisMachine(context, here, dir), onHost(context, base, dir), dir, args, context)
  })
}

/** `data.refresh`: from another environment's first host that has the directory to every host of this one. */
export function refresh(env: DataEnv, from: string, remove: boolean): CodeStep {
  const { base } = env.data
  const args = { ...jobOf(env, remove), base, from }
  if (from === env.stage)
    throw usageError({ code: 'DATA_ITSELF', message: `data.refresh: ${from} cannot be refreshed from itself`, remedy: 'see data.from' })
  return code({ name: 'data.refresh', title: `bring ${args.dirs.join(', ')} from ${from}`, args }, async (context) => {
    for (const dir of args.dirs) {
      const source = await elsewhere(context, from, dir)
      await bring(source, onHost(context, base, dir), dir, args, context)
    }
  })
}

const onHost = ({ executor, host }: CodeContext, base: string, dir: string): Place => ({ name: host, folder: join(base, dir), executor })
const onThisMachine = ({ directory, local }: CodeContext, here: string, dir: string): Place => ({
  name: 'this machine',
  folder: resolve(directory, here, dir),
  executor: local,
})

async function elsewhere(context: CodeContext, environment: string, dir: string): Promise<Place> {
  const hosts = await context.elsewhere(environment)
  const found = hosts.find(({ env }) => (env as unknown as DataEnv).data.dirs.includes(dir))
  if (!found)
    throw new DragonfabError({
      code: 'DATA_MISSING',
      host: context.host,
      message: `no host of ${environment} has ${dir} in its data.dirs`,
      remedy: 'name it there, or under __all__',
    })
  const { base } = (found.env as unknown as DataEnv).data
  return { name: `${environment} › ${found.host}`, folder: join(base, dir), executor: await found.executor() }
}

async function bring(from: Place, to: Place, dir: string, job: Job, context: CodeContext): Promise<void> {
  const { signal, log, progress, host } = context
  progress(`${dir}: what is on both sides`)
  const [here, there] = await Promise.all([listing(from, signal), listing(to, signal)])
  if (!here) throw problem('missing', from)
  const picker = pickerOf({ exclude: job.exclude })
  const meant = (path: string, isFolder: boolean): boolean =>
    picker.meant(path, isFolder) &&
    path.split('/').every((_, index, parts) => index === 0 || picker.inside(parts.slice(0, index).join('/')))
  const differing = differencesOf(here, there ?? (new Map() as Listing), meant)
  const { folders, bring: files, replace, only, conflicts, bytes, same } = differing
  if (conflicts.length) throw problem('conflict', to, conflicts.slice(0, 10).join('\n'))
  const remove = job.remove ? only : []
  if (job.asks && replace.length + remove.length > 0) {
    const question = `${to.name}: ${to.folder}: replace ${count(replace.length, 'file')}, delete ${remove.length.toLocaleString('en-US')}?`
    if (!(await context.confirm(question)))
      throw new DragonfabError({ code: 'NOT_CONFIRMED', host, message: `not confirmed: ${question}`, remedy: 'answer y, or say --yes' })
  }
  if (files.length + folders.length + remove.length > 0 || !there)
    await transfer(from, to, { folders, bring: files, remove, bytes }, context)
  const told = [`${count(files.length, 'file')} brought (${size(bytes)})`, `${count(same, 'file')} as before`]
  if (remove.length) told.push(`${remove.length.toLocaleString('en-US')} deleted`)
  else if (only.length) told.push(`${only.length.toLocaleString('en-US')} only on ${to.name}, left there`)
  log(`${dir}: ${told.join(', ')}`)
}
