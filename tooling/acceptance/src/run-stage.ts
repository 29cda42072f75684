/** How far a run with `--json` had come by what it had written: the last of these that it told. */
export type RunStage = 'nothing' | 'connected' | 'preparing' | 'switching' | 'finishing' | 'end'

/** Reads what a run has written so far, its last line perhaps cut. */
export function findRunStage(output: string): RunStage {
  let stage: RunStage = 'nothing'
  for (const line of output.split('\n')) {
    const event = parseEvent(line)
    if (event?.type === 'host:connected') stage = 'connected'
    if (event?.type === 'run:end') stage = 'end'
    if (event?.type !== 'step:start') continue
    const { phase, undoing } = event
    if (undoing === true || typeof phase !== 'string') continue
    stage = phase.includes('publishing') ? 'switching' : phase.includes('finish') ? 'finishing' : 'preparing'
  }
  return stage
}

function parseEvent(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>
  } catch {
    return undefined
  }
}
