/** `YYMMDD-HHMMSS` in UTC, one id for the whole fleet; a suffix for each time that it was found taken (`attempt`, 0 at first). */
export function releaseId(now: Date, attempt: number): string {
  const id = now.toISOString().slice(2, 19).replace(/[-:]/g, '').replace('T', '-')
  return attempt > 0 ? `${id}-${attempt + 1}` : id
}
