import { join, resolve } from 'node:path'
import { type CodeContext, type CodeStep, type CoreEnv, code, DragonfabError, type FieldValues, usageError } from '@dragonfab/core'
import { createPicker, formatSize } from '@dragonfab/upload'
import { compareListings } from './differences.ts'
import { type DataDirectory, type Listing, listDirectory } from './listing.ts'
import type { options } from './options.ts'
import { createDataError } from './problems.ts'
import { transferFiles } from './transfer.ts'

export interface DataEnv extends CoreEnv {
  readonly data: FieldValues<typeof options>
}

/** The arguments of a step. A plan shows them, so they are plain JSON. */
interface DataJob {
  readonly dirs: readonly string[]
  readonly exclude: readonly string[]
  /** Whether files that exist only at the target are deleted. */
  readonly remove: boolean
  /** Whether to ask before anything is replaced or deleted. */
  readonly needsConfirmation: boolean
}

const formatCount = (number: number, what: string): string => `${number.toLocaleString('en-US')} ${what}${number === 1 ? '' : 's'}`

function buildJob({ data }: DataEnv, remove: boolean): DataJob {
  if (!data.dirs.length)
    throw usageError({ code: 'DATA_NONE', message: 'data.dirs is empty', remedy: "set it: data: { dirs: ['shared/media'] }" })
  return { dirs: data.dirs, exclude: data.exclude, remove, needsConfirmation: data.protected }
}

/** `data.pull`: from the first host to this machine. */
export function pullDirectories(env: DataEnv, remove: boolean): CodeStep {
  const { base, localFolder } = env.data
  const args = { ...buildJob(env, remove), needsConfirmation: false, base, localFolder }
  return code({ name: 'data.pull', title: `copy ${args.dirs.join(', ')} to ${localFolder}`, args, firstHost: true }, async (context) => {
    for (const dir of args.dirs)
      await copyDirectory(directoryOnHost(context, base, dir), localDirectory(context, localFolder, dir), dir, args, context)
  })
}

/** `data.push`: from this machine to every host. */
export function pushDirectories(env: DataEnv, remove: boolean): CodeStep {
  const { base, localFolder } = env.data
  const args = { ...buildJob(env, remove), base, localFolder }
  return code({ name: 'data.push', title: `copy ${args.dirs.join(', ')} from ${localFolder}`, args }, async (context) => {
    for (const dir of args.dirs)
      await copyDirectory(localDirectory(context, localFolder, dir), directoryOnHost(context, base, dir), dir, args, context)
  })
}

/** `data.refresh`: from another environment's first host that has the directory to every host of this one. */
export function refreshDirectories(env: DataEnv, environment: string, remove: boolean): CodeStep {
  const { base } = env.data
  const args = { ...buildJob(env, remove), base, from: environment }
  if (environment === env.stage)
    throw usageError({
      code: 'DATA_ITSELF',
      message: `data.refresh: ${environment} cannot be copied to itself`,
      remedy: 'set data.source, or name another environment',
    })
  return code({ name: 'data.refresh', title: `copy ${args.dirs.join(', ')} from ${environment}`, args }, async (context) => {
    for (const dir of args.dirs) {
      const source = await findSource(context, environment, dir)
      await copyDirectory(source, directoryOnHost(context, base, dir), dir, args, context)
    }
  })
}

const directoryOnHost = ({ executor, host }: CodeContext, base: string, dir: string): DataDirectory => ({
  name: host,
  folder: join(base, dir),
  executor,
})
const localDirectory = ({ directory, local }: CodeContext, localFolder: string, dir: string): DataDirectory => ({
  name: 'this machine',
  folder: resolve(directory, localFolder, dir),
  executor: local,
})

async function findSource(context: CodeContext, environment: string, dir: string): Promise<DataDirectory> {
  const hosts = await context.hostsOf(environment)
  const source = hosts.find(({ env }) => (env as unknown as DataEnv).data.dirs.includes(dir))
  if (!source)
    throw new DragonfabError({
      code: 'DATA_MISSING',
      host: context.host,
      message: `no host of ${environment} has ${dir} in its data.dirs`,
      remedy: `add it to data.dirs of ${environment} or of __all__`,
    })
  const { base } = (source.env as unknown as DataEnv).data
  return { name: `${environment} › ${source.host}`, folder: join(base, dir), executor: await source.executor() }
}

async function copyDirectory(from: DataDirectory, to: DataDirectory, dir: string, job: DataJob, context: CodeContext): Promise<void> {
  const { signal, log, progress, host } = context
  progress(`${dir}: comparing both sides`)
  const [fromListing, toListing] = await Promise.all([listDirectory(from, signal), listDirectory(to, signal)])
  if (!fromListing) throw createDataError('missing', from)
  const picker = createPicker({ exclude: job.exclude })
  const isIncluded = (path: string, isFolder: boolean): boolean =>
    picker.isMeant(path, isFolder) &&
    path.split('/').every((_, index, parts) => index === 0 || picker.mayContain(parts.slice(0, index).join('/')))
  const differences = compareListings(fromListing, toListing ?? (new Map() as Listing), isIncluded)
  const { folders, files, replaced, surplus, conflicts, bytes, same } = differences
  if (conflicts.length) throw createDataError('conflict', to, conflicts.slice(0, 10).join('\n'))
  const remove = job.remove ? surplus : []
  if (job.needsConfirmation && replaced.length + remove.length > 0) {
    const question = `${to.name}: ${to.folder}: replace ${formatCount(replaced.length, 'file')}, delete ${remove.length.toLocaleString('en-US')}?`
    if (!(await context.confirm(question)))
      throw new DragonfabError({ code: 'NOT_CONFIRMED', host, message: `not confirmed: ${question}`, remedy: 'answer y, or use --yes' })
  }
  if (files.length + folders.length + remove.length > 0 || !toListing)
    await transferFiles(from, to, { folders, files: files, remove, bytes }, context)
  const summary = [`${formatCount(files.length, 'file')} copied (${formatSize(bytes)})`, `${formatCount(same, 'file')} unchanged`]
  if (remove.length) summary.push(`${remove.length.toLocaleString('en-US')} deleted`)
  else if (surplus.length) summary.push(`${surplus.length.toLocaleString('en-US')} only on ${to.name}, kept`)
  log(`${dir}: ${summary.join(', ')}`)
}
