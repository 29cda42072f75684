import { layoutOfEnv, linkedOfEnvs, type ReleaseEnv } from '../env.ts'
import { sharedFiles } from './paths.ts'
import type { SharedJob } from './tasks.ts'

export function sharedJob(env: ReleaseEnv, file: string | undefined): SharedJob {
  return {
    shared: layoutOfEnv(env).sharedPath,
    source: env.sharedSource,
    files: sharedFiles(linkedOfEnvs([env]), file),
    isSingleFile: file !== undefined,
    sharedWritable: env.sharedWritable,
  }
}
