import { layoutFrom, linkedFrom, type ReleaseEnv } from '../env.ts'
import { sharedFiles } from './paths.ts'
import type { SharedJob } from './tasks.ts'

export function sharedJob(env: ReleaseEnv, file: string | undefined): SharedJob {
  return {
    shared: layoutFrom(env).sharedPath,
    source: env.sharedSource,
    files: sharedFiles(linkedFrom([env]), file),
    named: file !== undefined,
    sharedWritable: env.sharedWritable,
  }
}
