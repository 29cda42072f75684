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

/** A dump of ours whose bytes have changed. */
export function changedDumpError(name: string): DragonfabError {
  return new DragonfabError({
    code: 'POSTGRES_DUMP_DAMAGED',
    message: `the dump is damaged: ${name} no longer has the SHA-256 that it was made with`,
    remedy: 'use another one (`database.backups` lists them), or dump again',
  })
}
