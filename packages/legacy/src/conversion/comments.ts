import { type Document, isMap, isPair, isScalar, isSeq, type Node } from 'yaml'

/** The comments of a YAML file, by the path of the key that they belong to (its words joined by NUL). */
export interface Comments {
  readonly before: ReadonlyMap<string, readonly string[]>
  readonly head: readonly string[]
  readonly foot: readonly string[]
}

export const pathOf = (...words: readonly string[]): string => words.join('\0')

const linesOf = (comment: string | null | undefined): readonly string[] =>
  comment ? comment.split('\n').map((line) => line.replace(/^ /, '').trimEnd()) : []

/** Gathers comments. Comments within a list go before the key of the list, because its entries may change. */
export function commentsOf(document: Document): Comments {
  const before = new Map<string, readonly string[]>()
  const walk = (node: unknown, path: readonly string[]): void => {
    if (!isMap(node)) return
    node.items.forEach((pair, index) => {
      const key = isScalar(pair.key) ? String(pair.key.value) : ''
      const at = [...path, key]
      const own = [
        ...(index === 0 && path.length ? linesOf(node.commentBefore) : []),
        ...(isScalar(pair.key) ? linesOf(pair.key.commentBefore) : []),
        ...(isMap(pair.value) ? [] : findNode(pair.value)),
      ]
      if (own.length) before.set(pathOf(...at), own)
      walk(pair.value, at)
    })
  }
  walk(document.contents, [])
  const first = isMap(document.contents) ? linesOf(document.contents.commentBefore) : []
  return { before, head: [...linesOf(document.commentBefore), ...first], foot: linesOf(document.comment) }
}

function findNode(node: unknown): readonly string[] {
  if (isSeq(node)) return [...linesOf(node.commentBefore), ...node.items.flatMap(findNode), ...linesOf(node.comment)]
  if (isMap(node)) return [...linesOf(node.commentBefore), ...node.items.flatMap(findNode), ...linesOf(node.comment)]
  if (isPair(node)) return [...linesOf((node.key as Node | null)?.commentBefore), ...findNode(node.value)]
  return isScalar(node) ? [...linesOf(node.commentBefore), ...linesOf(node.comment)] : []
}
