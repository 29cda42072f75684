import { type DeployfileTable, isTable } from '../deployfile/table.ts'

/** A property with the comments before it. */
export interface Property {
  readonly name: string
  readonly value: unknown
  readonly comments?: readonly string[]
}

/** A table whose properties have comments. */
export class Properties {
  readonly list: Property[] = []
  add(name: string, value: unknown, comments: readonly string[] = []): void {
    this.list.push({ name, value, comments })
  }
  /** The table with this name within this one. The first call creates it. */
  section(name: string): Properties {
    const known = this.list.find((each) => each.name === name)?.value
    if (known instanceof Properties) return known
    const made = new Properties()
    this.add(name, made)
    return made
  }
}

/** Source text that is written unchanged. */
export class RawText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const width = 140
const formatComments = ({ list }: Properties): boolean =>
  list.some(({ comments = [], value }) => comments.length > 0 || (value instanceof Properties && formatComments(value)))

/** A value as TypeScript, in the style of the starter: two spaces, single quotes, one line if it fits. */
export function printValue(value: unknown, indent = 0): string {
  if (value instanceof RawText) return value.text
  if (value instanceof Properties) return printTable(value, indent)
  if (isTable(value)) return printTable(propertiesOf(value), indent)
  if (Array.isArray(value)) return printList(value, indent)
  return typeof value === 'string' ? printText(value) : String(value)
}

function propertiesOf(table: DeployfileTable): Properties {
  const made = new Properties()
  for (const [name, value] of Object.entries(table)) made.add(name, value)
  return made
}

function printTable(table: Properties, indent: number): string {
  if (!table.list.length) return '{}'
  const flat = `{ ${table.list.map(({ name, value }) => `${printKey(name)}: ${printValue(value, indent)}`).join(', ')} }`
  if (indent > 0 && !formatComments(table) && !flat.includes('\n') && flat.length + indent < width - 40) return flat
  const inner = ' '.repeat(indent + 2)
  const lines = table.list.flatMap(({ name, value, comments = [] }) => [
    ...comments.map((line) => `${inner}// ${line}`.trimEnd()),
    `${inner}${printKey(name)}: ${printValue(value, indent + 2)},`,
  ])
  return `{\n${lines.join('\n')}\n${' '.repeat(indent)}}`
}

function printList(list: readonly unknown[], indent: number): string {
  const flat = `[${list.map((each) => printValue(each, indent)).join(', ')}]`
  if (!flat.includes('\n') && flat.length + indent < width - 40) return flat
  const inner = ' '.repeat(indent + 2)
  return `[\n${list.map((each) => `${inner}${printValue(each, indent + 2)},`).join('\n')}\n${' '.repeat(indent)}]`
}

const printKey = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : printText(name))

/** A text literal. U+2028 and other characters that a source line must not contain are escaped. */
function printText(value: string): string {
  const escaped = value
    .replace(/[\\']/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\t/g, '\\t')
    .replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `'${escaped}'`
}
