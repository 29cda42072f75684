import { DragonfabError } from '@dragonfab/core'

/** A dump that is incomplete or was changed. */
export function damagedError(why: string): DragonfabError {
  return new DragonfabError({
    code: 'POSTGRES_DUMP_DAMAGED',
    message: `the dump is damaged: ${why}`,
    remedy: 'use another one (`database.backups` lists them), or dump again',
  })
}

/** A dump in a form that only newer programs of PostgreSQL can read. */
export function unreadableError(why: string): DragonfabError {
  return new DragonfabError({
    code: 'POSTGRES_DUMP_UNREADABLE',
    message: `the dump cannot be read on this machine: ${why}`,
    remedy: 'dump in the custom format with gzip (`pg_dump -Fc -Z6`), or as plain SQL',
  })
}

/** A dump that Dragonfab made and whose bytes have changed. */
export function changedDumpError(name: string): DragonfabError {
  return new DragonfabError({
    code: 'POSTGRES_DUMP_DAMAGED',
    message: `the dump is damaged: the SHA-256 of ${name} has changed since the dump was made`,
    remedy: 'use another one (`database.backups` lists them), or dump again',
  })
}
