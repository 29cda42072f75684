import { quote } from '@dragonfab/core'

/** A script (see `compileScript` of @dragonfab/plan) as lines, with one step found in it. */
interface StepLines {
  readonly all: readonly string[]
  /** Index of the line `begin 2`; the line that opens the step's text is the next one. */
  readonly begin: number
  /** Index of the line `finish 2 $? || exit`; the line that closes the step's text is the one before. */
  readonly finish: number
}

function findStepLines(text: string, index: number): StepLines {
  const all = text.split('\n')
  let begin = -1
  let finish = -1
  for (let step = 0; step <= index; step++) {
    const isBegin = (line: string): boolean => line.startsWith(`begin ${step}; (enter`) || line.startsWith(`begin ${step} #`)
    begin = all.findIndex((line, at) => at > finish && isBegin(line))
    const isDetached = all[begin]?.startsWith(`begin ${step} #`)
    finish = all.findIndex((line, at) => at > begin && line.startsWith(`${isDetached ? '' : '); '}finish ${step} $?`))
    if (begin < 0 || finish < 0) throw new Error(`step ${step} was not found in its script`)
  }
  return splitFrame({ all, begin, finish })
}

/** `begin 2; (enter` and `); finish 2 $?` as two lines each, so that something fits between. A detached step has them already. */
function splitFrame({ all, begin, finish }: StepLines): StepLines {
  const [, call, enter] = /^(begin \d+); (\(enter.*)/.exec(all[begin] ?? '') ?? []
  if (call === undefined || enter === undefined) return { all, begin, finish }
  const end = (all[finish] ?? '').replace(/^\); /, '')
  return {
    all: [...all.slice(0, begin), call, enter, ...all.slice(begin + 1, finish), ')', end, ...all.slice(finish + 1)],
    begin,
    finish: finish + 2,
  }
}

/** The text of one step, without the frame around it. */
export function textOf(text: string, index: number): string {
  const { all, begin, finish } = findStepLines(text, index)
  return all.slice(begin + 2, finish - 1).join('\n')
}

/** Inserts lines before a step (after its `begin`), at the head of its own text, or behind it (before its `finish`). */
export function insertLines(text: string, index: number, where: 'front' | 'head' | 'behind', lines: readonly string[]): string {
  const { all, begin, finish } = findStepLines(text, index)
  const at = { front: begin + 1, head: begin + 2, behind: finish }[where]
  return [...all.slice(0, at), ...lines, ...all.slice(at)].join('\n')
}

/** Shell text that records one occurrence of a fault. */
export const countScript = (file: string, host: string): string => `echo ${quote(host)} >>${quote(file)}`

/** Shell text that sends the connection a message (`hosts/link.ts`), with the nonce of the session. */
export const messageScript = (token: string, kind: string): string => `printf '%s %s %s\\n' ${token} ${kind} "$DF_NONCE"`

/** Waits until a lost connection or an interrupt ends the script. */
export const waitScript = 'while :; do sleep 1; done'
