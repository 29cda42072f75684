/** `0.3s`, `12.0s`, `2m05s`, `1h02m`. */
export function formatDuration(ms: number): string {
  if (ms < 59_950) return `${(Math.max(0, ms) / 1000).toFixed(1)}s`
  const seconds = Math.round(ms / 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  return `${Math.floor(seconds / 3600)}h${two(Math.floor((seconds % 3600) / 60))}m`
}

export function formatCount(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`
}

/** Names while they are few (`web1, web2`), else how many and the first ones: `20 hosts: web1, web2, web3 …`. */
export function formatHosts(names: readonly string[], few = 3): string {
  return names.length <= few ? names.join(', ') : formatCount(names.length, 'host')
}
