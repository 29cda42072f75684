import type { Readable } from 'node:stream'

/** Reads the first line of a stream without its newline. Undefined if the stream is empty. The rest stays in the stream. */
export function firstLine(stream: Readable): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const held: Buffer[] = []
    const settle = (act: () => void): void => {
      stream.off('readable', look).off('end', finish).off('error', fail)
      act()
    }
    const line = (): string => Buffer.concat(held).toString().replace(/\r$/, '')
    const look = (): void => {
      for (let chunk: Buffer | null = stream.read(); chunk !== null; chunk = stream.read()) {
        const end = chunk.indexOf('\n')
        held.push(end < 0 ? chunk : chunk.subarray(0, end))
        if (end < 0) continue
        const rest = chunk.subarray(end + 1)
        settle(() => {
          if (rest.length) stream.unshift(rest)
          resolve(line())
        })
        return
      }
    }
    const finish = (): void => settle(() => resolve(held.length ? line() : undefined))
    const fail = (error: Error): void => settle(() => reject(error))
    stream.on('readable', look).once('end', finish).once('error', fail)
  })
}
