/** `12 MB`, with decimal units. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB'] as const
  let value = bytes / 1000
  let unit = 0
  // An amount that would be shown as 1000 is 1 of the next unit.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`
}

/** `1 file`, `5,000 files`. */
export const formatFileCount = (count: number): string => `${count.toLocaleString('en-US')} ${count === 1 ? 'file' : 'files'}`

/** `5 s`, `2 min 05 s`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}
