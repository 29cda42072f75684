import { DragonfabError } from '@dragonfab/core'

/** A dump that is not whole. */
export function damagedError(why: string): DragonfabError {
  return new DragonfabError({
    code: 'POSTGRES_DUMP_DAMAGED',
    message: `the dump is damaged: ${why}`,
    remedy: 'take another one (`database.backups` lists them), or dump again',
  })
}

/** A dump in a form that only newer programs of PostgreSQL can read. */
export function unreadableError(why: string): DragonfabError {
  return new DragonfabError({
    code: 'POSTGRES_DUMP_UNREADABLE',
    message: `the dump cannot be read here: ${why}`,
    remedy: 'dump in the custom format with gzip (`pg_dump -Fc -Z6`), or as plain SQL',
  })
}
