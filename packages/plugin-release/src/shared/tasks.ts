import { resolve } from 'node:path'
import { type CodeContext, type CodeStep, code, DragonfabError, usageError } from '@dragonfab/core'
import { compareFiles } from './differences.ts'
import { readShared, writeShared } from './host-files.ts'
import { listTracked, readSource, writeSource } from './source.ts'

/** The files that a task of shared/ works on. It is JSON, so that a plan can show it. */
export interface SharedJob {
  /** shared/ on the host. */
  readonly shared: string
  /** The folder on this machine. */
  readonly source: string
  readonly files: readonly string[]
  /** Whether you named one file. In that case, it must exist. */
  readonly isSingleFile: boolean
  readonly sharedWritable: boolean
}

interface FilePair {
  readonly path: string
  readonly local: Buffer | undefined
  readonly remote: Buffer | undefined
}

async function readPairs(job: SharedJob, context: CodeContext): Promise<readonly FilePair[]> {
  if (!job.files.length) throw usageError({ code: 'SHARED_NONE', message: 'there are no linkedFiles', remedy: 'list them in linkedFiles' })
  const folder = resolve(context.directory, job.source)
  const all: FilePair[] = []
  for (const path of job.files)
    all.push({ path, local: await readSource(folder, path), remote: await readShared(job.shared, path, context) })
  return all
}

/** Nothing is overwritten unless a person or `--yes` confirms. */
async function requireConfirmation(context: CodeContext, question: string): Promise<void> {
  if (await context.confirm(question)) return
  throw new DragonfabError({
    code: 'NOT_CONFIRMED',
    host: context.host,
    message: `not confirmed: ${question}`,
    remedy: 'answer y, or use --yes',
  })
}

function throwMissing(side: 'local' | 'host', { source, shared }: SharedJob, path: string, host: string): never {
  const message = side === 'local' ? `${source}/${path} is not on this machine` : `${shared}/${path} is not on the host`
  const remedy = side === 'local' ? 'correct sharedSource, or fetch the file with shared.pull' : 'send the file with shared.push'
  throw new DragonfabError({ code: 'SHARED_MISSING', host, message, remedy })
}

/** `shared.push`: from this machine to every host. */
export function pushShared(job: SharedJob): CodeStep {
  return code({ name: 'shared.push', title: `fill shared/ from ${job.source}`, args: job }, async (context) => {
    const all = await readPairs(job, context)
    for (const { path, local } of all) {
      if (local) continue
      if (job.isSingleFile) throwMissing('local', job, path, context.host)
      context.log(`${path}: not in ${job.source}, so it was not changed on the host`)
    }
    const tracked = await listTracked(context.local, resolve(context.directory, job.source), job.files)
    if (tracked.length) context.log(`warning: git tracks ${tracked.join(', ')} in ${job.source}: secrets do not belong in a repository`)
    const files = all.flatMap(({ path, local, remote }) => (local && !(remote && local.equals(remote)) ? [{ path, content: local }] : []))
    const conflicts = all.filter(({ local, remote }) => local && remote && !local.equals(remote)).map(({ path }) => path)
    if (conflicts.length) await requireConfirmation(context, `${context.host}: overwrite ${conflicts.join(', ')} in ${job.shared}?`)
    if (!files.length) return context.log('no file differs')
    for (const line of await writeShared(job.shared, files, context, job.sharedWritable)) context.log(line)
    if (conflicts.length) context.log('the previous files were kept beside them as *.before')
  })
}

/** `shared.pull`: from the first host to this machine. */
export function pullShared(job: SharedJob): CodeStep {
  return code({ name: 'shared.pull', title: `fetch shared/ to ${job.source}`, args: job, firstHost: true }, async (context) => {
    const all = await readPairs(job, context)
    const folder = resolve(context.directory, job.source)
    for (const { path, remote } of all) {
      if (remote) continue
      if (job.isSingleFile) throwMissing('host', job, path, context.host)
      context.log(`${path}: not on ${context.host}`)
    }
    const conflicts = all.filter(({ local, remote }) => local && remote && !local.equals(remote)).map(({ path }) => path)
    if (conflicts.length)
      await requireConfirmation(context, `overwrite ${conflicts.join(', ')} in ${job.source} with the files of ${context.host}?`)
    for (const { path, local, remote } of all) {
      if (!remote || local?.equals(remote)) continue
      await writeSource(folder, path, remote)
      context.log(`${path}: fetched from ${context.host}`)
    }
  })
}

/** `shared.diff`: shows what a push would change, but no values. */
export function diffShared(job: SharedJob): CodeStep {
  return code({ name: 'shared.diff', title: `compare shared/ with ${job.source}`, args: job }, async (context) => {
    for (const { path, local, remote } of await readPairs(job, context)) {
      if (!local || !remote) {
        context.log(`${path}: ${local ? 'only on this machine' : remote ? 'only on the host' : 'not found'}`)
        continue
      }
      const differences = compareFiles(local, remote)
      context.log(`${path}: ${differences.length ? 'differs' : 'the same'}`)
      for (const line of differences) context.log(`  ${line}`)
    }
  })
}
