/** The holder of a lock, in the holder's own words. Do not trust the text: escape it before you print it. */
export interface Holder {
  readonly owner?: string
  readonly machine?: string
  readonly pid?: number
  readonly run?: string
  readonly command?: string
  readonly reason?: string
}

/** The answer to a request for the lock. Ages are in seconds, by the host's clock. */
export type LockAnswer =
  | { readonly kind: 'locked' }
  | { readonly kind: 'held'; readonly holder: Holder; readonly ageSeconds: number | undefined }
  /** A lock that somebody set by hand (`dragonfab lock`). Only `unlock` removes it. */
  | { readonly kind: 'hold'; readonly holder: Holder; readonly ageSeconds: number | undefined }
  | { readonly kind: 'failed'; readonly cause: string }

/**
 * Asks for the lock, in the session's loop: fd 9 on `<stateDir>/lock`, by flock(2), so that the kernel releases it with the last
 * process that holds it, whatever happens to the client, the session or the machine. Without flock(1), perl makes the same call.
 * A run that does not get the lock only reads. The text in the file is for people. It never decides who has the lock.
 * The state directory is group-writable, because several people may deploy one application.
 */
export const takeLockScript = `DF_LOCKED=no
try_lock() {
  if command -v flock >/dev/null 2>&1; then flock -n "$1"
  elif command -v perl >/dev/null 2>&1; then perl -e 'open(F, ">&=$ARGV[0]") or die; exit(flock(F, 6) ? 0 : 1)' "$1"
  else echo 'neither flock nor perl is installed' >&2; return 2
  fi
}
write_lock() { printf '%s %s\\n' "$(date +%s)" "$DF_OWNER" >"$DF_STATE/lock"; } # if the disk is full, a shell's printf reports only “I/O error”, cat reports the cause
others_gone() { i=0; until try_lock 8; do i=$((i + 1)); [ "$i" -lt 150 ] || return 1; sleep 0.1; done; }
if ! x=$( { umask 002; mkdir -p -- "$DF_STATE" && : >>"$DF_STATE/lock" && : >>"$DF_STATE/busy"; } 2>&1 ); then mark tell failed $x
else
exec 9>>"$DF_STATE/lock" 8>>"$DF_STATE/busy"
taken() { x=$(try_lock 9 2>&1); r=$?; [ "$r" = 1 ] && [ -z "$x" ]; }
i=0
while taken; do
  x=$(head -n 1 "$DF_STATE/lock")
  # The file is empty: its holder has just taken the lock, or is about to release it.
  if [ -n "$x" ] || [ "$i" = 10 ]; then r=held; break; fi
  i=$((i + 1))
  sleep 0.1
done
if [ "$r" = held ]; then mark tell held "$(date +%s)" "$x"
elif [ "$r" != 0 ]; then mark tell failed $x
elif [ -e "$DF_STATE/hold" ] && [ "$DF_ANYWAY" != yes ]; then mark tell hold "$(date +%s)" "$(head -n 1 "$DF_STATE/hold")"
elif ! others_gone 2>/dev/null; then mark tell held "$(date +%s)" "$(head -n 1 "$DF_STATE/lock")"
elif ! x=$( { write_lock 2>/dev/null || printf '%s %s\\n' "$(date +%s)" "$DF_OWNER" | cat >"$DF_STATE/lock"; } 2>&1 && mkdir -p "$DF_RUN" 2>&1 ); then mark tell failed $x
else
  DF_LOCKED=yes
  for x in "$DF_STATE"/run/*; do [ "$x" = "$DF_RUN" ] || rm -rf -- "$x"; done
  mark tell locked
fi
exec 8>&-
[ "$DF_LOCKED" = yes ] || exec 9>&-
fi`

/** Releases the lock while scripts may still run. The running script has the same open file, so closing it would not be enough. */
export const releaseLockScript = `if [ "$DF_LOCKED" = yes ]; then
  : >"$DF_STATE/lock"
  if command -v flock >/dev/null 2>&1; then flock -u 9; else perl -e 'open(F, ">&=9") or die; flock(F, 8)'; fi
  exec 9>&-
  DF_LOCKED=
fi`

/** Gives another user's session a share of the lock, if it can write to the state directory. The next run then waits until it has ended. */
export const joinLockScript = `if ( : >>"$DF_STATE/busy" ) 2>/dev/null && command -v flock >/dev/null 2>&1; then exec 8>>"$DF_STATE/busy"; flock -s 8; fi; :`

/** Parses the words that `mark tell` reports about the lock. */
export function parseLockAnswer(words: readonly string[]): LockAnswer {
  const [kind, ...rest] = words
  if (kind === 'locked') return { kind }
  if (kind === 'held' || kind === 'hold') {
    const [now, since, ...json] = rest
    const age = Number(now) - Number(since)
    return { kind, holder: parseHolder(json.join(' ')), ageSeconds: Number.isFinite(age) ? age : undefined }
  }
  return { kind: 'failed', cause: rest.join(' ') || 'the host did not answer the request for the lock' }
}

function parseHolder(json: string): Holder {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

/** `deploy on laptop (pid 4711), for 3 min, release production: "friday"`. Control characters are shown as `?`. */
export function describeHolder(holder: Holder, ageSeconds: number | undefined): string {
  const holderName = `${holder.owner ?? 'someone'} on ${holder.machine ?? 'an unknown machine'}${holder.pid === undefined ? '' : ` (pid ${holder.pid})`}`
  const age = ageSeconds === undefined ? undefined : `for ${formatAge(ageSeconds)}`
  const text = [holderName, age, holder.command, holder.reason && `“${holder.reason}”`].filter(Boolean).join(', ')
  return Array.from(text.replace(/[\0-\x1f\x7f-\x9f]/g, '?'))
    .slice(0, 400)
    .join('')
}

function formatAge(seconds: number): string {
  if (seconds < 120) return `${Math.max(0, Math.round(seconds))} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} days`
}
