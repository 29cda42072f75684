import { resolve } from 'node:path'
import { type CodeContext, type CodeStep, code, DragonfabError, usageError } from '@dragonfab/core'
import { differencesOf } from './differences.ts'
import { readShared, writeShared } from './host-files.ts'
import { readSource, trackedOf, writeSource } from './source.ts'

/** What the tasks of shared/ work on; JSON, so that a plan shows it. */
export interface SharedJob {
  /** shared/ on the host. */
  readonly shared: string
  /** The folder of this machine. */
  readonly source: string
  readonly files: readonly string[]
  /** Whether one file was asked for, which must be there then. */
  readonly named: boolean
  readonly sharedWritable: boolean
}

interface Pair {
  readonly path: string
  readonly here: Buffer | undefined
  readonly there: Buffer | undefined
}

async function pairs(job: SharedJob, context: CodeContext): Promise<readonly Pair[]> {
  if (!job.files.length) throw usageError({ code: 'SHARED_NONE', message: 'there are no linkedFiles', remedy: 'name them in linkedFiles' })
  const folder = resolve(context.directory, job.source)
  const all: Pair[] = []
  for (const path of job.files) all.push({ path, here: await readSource(folder, path), there: await readShared(job.shared, path, context) })
  return all
}

/** Nothing is overwritten unless a person, or `--yes`, says so. */
async function confirmed(context: CodeContext, question: string): Promise<void> {
  if (await context.confirm(question)) return
  throw new DragonfabError({
    code: 'NOT_CONFIRMED',
    host: context.host,
    message: `not confirmed: ${question}`,
    remedy: 'answer y, or say --yes',
  })
}

function mustBe(what: 'here' | 'there', { source, shared }: SharedJob, path: string, host: string): never {
  const place = what === 'here' ? `${source}/${path} is not on this machine` : `${shared}/${path} is not on the host`
  throw new DragonfabError({ code: 'SHARED_MISSING', host, message: place, remedy: 'see sharedSource, and shared.pull or shared.push' })
}

/** `shared.push`: from this machine to every host. */
export function push(job: SharedJob): CodeStep {
  return code({ name: 'shared.push', title: `fill shared/ from ${job.source}`, args: job }, async (context) => {
    const all = await pairs(job, context)
    for (const { path, here } of all) {
      if (here) continue
      if (job.named) mustBe('here', job, path, context.host)
      context.log(`${path}: not in ${job.source}, left as it is`)
    }
    const tracked = await trackedOf(resolve(context.directory, job.source), job.files)
    if (tracked.length)
      context.log(`warning: git tracks ${tracked.join(', ')} in ${job.source}: what is secret does not belong into a repository`)
    const files = all.flatMap(({ path, here, there }) => (here && !(there && here.equals(there)) ? [{ path, content: here }] : []))
    const overwritten = all.filter(({ here, there }) => here && there && !here.equals(there)).map(({ path }) => path)
    if (overwritten.length) await confirmed(context, `${context.host}: overwrite ${overwritten.join(', ')} in ${job.shared}?`)
    if (!files.length) return context.log('nothing differs')
    for (const line of await writeShared(job.shared, files, context, job.sharedWritable)) context.log(line)
    if (overwritten.length) context.log('what was there is beside it, as .before')
  })
}

/** `shared.pull`: from the first host to this machine. */
export function pull(job: SharedJob): CodeStep {
  return code({ name: 'shared.pull', title: `fetch shared/ to ${job.source}`, args: job, once: true }, async (context) => {
    const all = await pairs(job, context)
    const folder = resolve(context.directory, job.source)
    for (const { path, there } of all) {
      if (there) continue
      if (job.named) mustBe('there', job, path, context.host)
      context.log(`${path}: not on ${context.host}`)
    }
    const overwritten = all.filter(({ here, there }) => here && there && !here.equals(there)).map(({ path }) => path)
    if (overwritten.length) await confirmed(context, `overwrite ${overwritten.join(', ')} in ${job.source} with what ${context.host} has?`)
    for (const { path, here, there } of all) {
      if (!there || here?.equals(there)) continue
      await writeSource(folder, path, there)
      context.log(`${path}: fetched from ${context.host}`)
    }
  })
}

/** `shared.diff`: what a push would change, without a value. */
export function diff(job: SharedJob): CodeStep {
  return code({ name: 'shared.diff', title: `compare shared/ with ${job.source}`, args: job }, async (context) => {
    for (const { path, here, there } of await pairs(job, context)) {
      if (!here || !there) {
        context.log(`${path}: ${here ? 'only here' : there ? 'only there' : 'neither here nor there'}`)
        continue
      }
      const told = differencesOf(here, there)
      context.log(`${path}: ${told.length ? 'differs' : 'the same'}`)
      for (const line of told) context.log(`  ${line}`)
    }
  })
}
