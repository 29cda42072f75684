/** Text from the other side, made safe for a terminal and for one line: control characters become `?`, long text is cut. */
export function makePrintable(text: string, limit = 300): string {
  const line = text
    .trim()
    .replace(/[\r\n\t ]+/g, ' ')
    .replace(/[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?')
  return line.length > limit ? `${line.slice(0, limit)}…` : line
}
