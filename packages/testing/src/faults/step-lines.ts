import { quote } from '@dragonfab/core'

/** A step within a compiled script (see `compileScript` of @dragonfab/core): the lines between which it stands. */
interface StepLines {
  readonly all: readonly string[]
  /** `begin 2` */
  readonly begin: number
  /** `finish 2 $? || exit` */
  readonly finish: number
}

function findStepLines(text: string, index: number): StepLines {
  const all = text.split('\n')
  let begin = -1
  let finish = -1
  for (let step = 0; step <= index; step++) {
    const line = `begin ${step}`
    begin = all.indexOf(line, finish + 1)
    finish = all.findIndex((each, at) => at > begin && each.startsWith(`finish ${step} $?`))
    if (begin < 0 || finish < 0) throw new Error(`step ${step} was not found in its script`)
  }
  return { all, begin, finish }
}

/** The text of one step, without what core puts around it. */
export function textOf(text: string, index: number): string {
  const { all, begin, finish } = findStepLines(text, index)
  return all.slice(begin + 2, finish - 1).join('\n')
}

/** Puts lines in front of a step (`begin` was told), at the head of its own text, or behind it (`finish` was not told yet). */
export function insertLines(text: string, index: number, where: 'front' | 'head' | 'behind', lines: readonly string[]): string {
  const { all, begin, finish } = findStepLines(text, index)
  const at = { front: begin + 1, head: begin + 2, behind: finish }[where]
  return [...all.slice(0, at), ...lines, ...all.slice(at)].join('\n')
}

/** Shell text that writes down that a fault has happened. */
export const countScript = (file: string, host: string): string => `echo ${quote(host)} >>${quote(file)}`

/** Tells the connection what to do (`hosts/link.ts`). `N` is the nonce of the session. */
export const messageScript = (token: string, kind: string): string => `printf '%s %s %s\\n' ${token} ${kind} "$DF_NONCE"`

/** Waits for the end that a lost connection or an interrupt brings. */
export const waitScript = 'while :; do sleep 1; done'
