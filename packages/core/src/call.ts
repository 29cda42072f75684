/** A task with its arguments, as it stands in a sequence, a hook, or on the command line: `web_mode:maintenance`. */
export interface TaskCall {
  readonly task: string
  readonly args: readonly string[]
}

/** `web_mode:maintenance,now` */
export function parseCall(text: string): TaskCall {
  const colon = text.indexOf(':')
  if (colon < 0) return { task: text, args: [] }
  const args = text.slice(colon + 1)
  return { task: text.slice(0, colon), args: args === '' ? [] : args.split(',') }
}
