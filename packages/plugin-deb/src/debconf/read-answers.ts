import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { DragonfabError, hide, type Problem, reveal } from '@dragonfab/core'

/** An answer to a question of a package. */
export interface DebconfAnswer {
  /** `shop/db-password` */
  readonly question: string
  readonly value: string
  /** Set if the file has them. They are needed for questions that the package's templates do not declare. */
  readonly owner?: string | undefined
  readonly type?: string | undefined
}

/** Reads a file of answers, in either of debconf's two forms. Values that may be passwords are masked from then on. */
export function readAnswers(directory: string, file: string): readonly DebconfAnswer[] {
  let text: string
  try {
    text = readFileSync(resolve(directory, file), 'utf8')
  } catch (error) {
    throw new DragonfabError({
      code: 'DEBCONF_MISSING',
      message: `the debconf answers ${file} cannot be read`,
      cause: error instanceof Error ? error.message : String(error),
      remedy: 'create the file, or remove debconf from the config',
    })
  }
  const { answers, problems } = parseAnswers(text, file)
  if (problems.length) throw new DragonfabError(problems[0] as Problem)
  for (const { question, value, type } of answers)
    if (type === 'password' || /pass|secret|token|key|pwd|credential/i.test(question)) reveal(hide(value, question))
  return answers
}

/** Parses the answers, and reports everything that is wrong with them. */
export function parseAnswers(
  text: string,
  file: string,
): { readonly answers: readonly DebconfAnswer[]; readonly problems: readonly Problem[] } {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''))
  const parsed = lines.some((line) => /^name:/i.test(line)) ? parseStanzas(lines) : parseSelections(lines)
  const duplicate = parsed.answers.find(({ question }, index) => parsed.answers.findIndex((each) => each.question === question) !== index)
  const wrong = [...parsed.wrong, ...(duplicate ? [`${duplicate.question} is answered twice`] : [])]
  if (!wrong.length && !parsed.answers.length) wrong.push('it contains no answers')
  return {
    answers: parsed.answers,
    // debconf itself would ignore such a file without a message, and use the defaults.
    problems: wrong.length
      ? [
          {
            code: 'DEBCONF_MALFORMED',
            message: `${file} is not a file of debconf answers: ${wrong.join('; ')}`,
            remedy: 'write lines `package question type value`, or stanzas of Name: and Value: with a blank line between them',
          },
        ]
      : [],
  }
}

interface ParsedAnswers {
  readonly answers: readonly DebconfAnswer[]
  readonly wrong: readonly string[]
}

const questionTypes = ['select', 'boolean', 'string', 'multiselect', 'note', 'password', 'text', 'title']
const questionPattern = /^[^\s/]+\/\S+$/
/** debconf stores a newline as `\n`, so these two characters always mean a newline to it. */
const decodeNewlines = (text: string): string => text.replaceAll('\\n', '\n')

/** The form of debconf-set-selections. A backslash at the end of a line continues it. */
function parseSelections(lines: readonly string[]): ParsedAnswers {
  const answers: DebconfAnswer[] = []
  const wrong: string[] = []
  for (let index = 0; index < lines.length; index++) {
    const number = index + 1
    let line = lines[index] ?? ''
    while (line.endsWith('\\') && index + 1 < lines.length) line = line.slice(0, -1) + lines[++index]
    if (/^\s*(#|$)/.test(line)) continue
    const [, owner = '', question = '', type = '', value = ''] = /^\s*(\S+)\s+(\S+)\s+(\S+)(?:\s(.*))?$/s.exec(line) ?? []
    if (type === 'seen') continue
    if (!questionPattern.test(question) || !questionTypes.includes(type))
      wrong.push(`line ${number} is not \`package question type value\``)
    else answers.push({ owner, question, type, value: decodeNewlines(value) })
  }
  return { answers, wrong }
}

/** The form of debconf's own database. */
function parseStanzas(lines: readonly string[]): ParsedAnswers {
  const answers: DebconfAnswer[] = []
  const wrong: string[] = []
  let fields: Record<string, string> = {}
  let stanzaStart = 0
  let variables = false
  const closeStanza = () => {
    if (!Object.keys(fields).length) return
    const { name, value, type, owners } = fields
    if (name === undefined || value === undefined)
      wrong.push(`the stanza at line ${stanzaStart} has no ${name === undefined ? 'Name' : 'Value'}:`)
    else if (!questionPattern.test(name)) wrong.push(`line ${stanzaStart}: ${JSON.stringify(name)} is not the name of a question`)
    else if (type !== undefined && !questionTypes.includes(type)) wrong.push(`${name}: ${type} is not a type`)
    else answers.push({ question: name, value: decodeNewlines(value), type, owner: owners?.split(',')[0]?.trim() })
    fields = {}
    variables = false
  }
  for (const [index, line] of lines.entries()) {
    if (line === '') closeStanza()
    if (line === '' || line.startsWith('#') || (variables && /^\s/.test(line))) continue
    const [, key, value] = /^([A-Za-z]+):\s?(.*)$/s.exec(line) ?? []
    if (key === undefined || value === undefined) {
      wrong.push(`line ${index + 1} is not \`Field: value\``)
      continue
    }
    if (!Object.keys(fields).length) stanzaStart = index + 1
    variables = key.toLowerCase() === 'variables'
    if (fields[key.toLowerCase()] !== undefined)
      wrong.push(`line ${index + 1}: a second ${key}: in one stanza; put a blank line between stanzas`)
    else fields[key.toLowerCase()] = value
  }
  closeStanza()
  return { answers, wrong }
}
