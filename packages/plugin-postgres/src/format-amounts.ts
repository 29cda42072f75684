/** `1,234,567 rows` */
export const formatCount = (number: number, one: string): string => `${number.toLocaleString('en-US')} ${one}${number === 1 ? '' : 's'}`

/** `3 hours ago` */
export function formatAge(time: string, now = Date.now()): string {
  const minutes = Math.max(0, Math.round((now - Date.parse(time)) / 60_000))
  if (minutes < 2) return 'just now'
  if (minutes < 120) return `${minutes} minutes ago`
  return minutes < 2880 ? `${Math.round(minutes / 60)} hours ago` : `${Math.round(minutes / 1440)} days ago`
}

/** Calls `report` at most once every `ms` milliseconds. */
export function throttle<T extends readonly unknown[]>(report: (...args: T) => void, ms = 200): (...args: T) => void {
  let last = 0
  return (...args) => {
    const time = performance.now()
    if (time - last < ms) return
    last = time
    report(...args)
  }
}
