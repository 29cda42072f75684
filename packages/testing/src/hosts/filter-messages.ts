/**
 * Takes messages (from a token to the end of the line) out of a stream and passes on everything else. It holds back only bytes that may be
 * the beginning of a token: a reader may be waiting for just the newline.
 */
export function filterMessages(
  token: string,
  on: { readonly onOutput: (chunk: Buffer) => void; readonly onMessage: (words: readonly string[]) => void },
): (chunk: Uint8Array) => void {
  const mark = Buffer.from(`${token} `)
  let held = Buffer.alloc(0)
  return (chunk) => {
    let rest = Buffer.concat([held, chunk])
    held = Buffer.alloc(0)
    for (let at = rest.indexOf(mark); at >= 0; at = rest.indexOf(mark)) {
      if (at) on.onOutput(rest.subarray(0, at))
      const end = rest.indexOf(10, at)
      if (end < 0) {
        held = Buffer.from(rest.subarray(at))
        return
      }
      on.onMessage(rest.toString('utf8', at + mark.length, end).split(' '))
      rest = rest.subarray(end + 1)
    }
    let keep = Math.min(mark.length - 1, rest.length)
    while (keep && !mark.subarray(0, keep).equals(rest.subarray(rest.length - keep))) keep--
    if (rest.length > keep) on.onOutput(rest.subarray(0, rest.length - keep))
    held = Buffer.from(rest.subarray(rest.length - keep))
  }
}
