/** How far a run with `--json` had come by what it had written: the last of these that it told. */
export type Reached = 'nothing' | 'connected' | 'preparing' | 'switching' | 'finishing' | 'end'

/** Reads what a run has written so far, its last line perhaps cut. */
export function reached(output: string): Reached {
  let far: Reached = 'nothing'
  for (const line of output.split('\n')) {
    const event = parse(line)
    if (event?.type === 'host:connected') far = 'connected'
    if (event?.type === 'run:end') far = 'end'
    if (event?.type !== 'step:start') continue
    const { phase, undoing } = event
    if (undoing === true || typeof phase !== 'string') continue
    far = phase.includes('publishing') ? 'switching' : phase.includes('finish') ? 'finishing' : 'preparing'
  }
  return far
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>
  } catch {
    return undefined
  }
}
