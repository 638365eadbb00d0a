import type { Paragraph, RootContent } from 'mdast'
import type { Formula } from './node.ts'

/** No longer one is looked for: a mark that nobody closes must not hold up the rest of an answer. */
const charactersMax = 4000

const mark = /^ {0,3}(\\\[|\$\$)/gm
const fence = /^ {0,3}(?:```|~~~)/

type Opened = { at: number; close: string }

/** Where in a paragraph a line begins with `\[` or `$$` that the paragraph does not close. */
function openedIn(source: string): Opened | null {
  for (const match of source.matchAll(mark)) {
    const close = match[1] === '$$' ? '$$' : '\\]'
    const at = match.index + match[0].length - 2
    if (!source.includes(close, at + 2)) return { at, close }
  }
  return null
}

/** Whether what comes next may still be part of a formula that begins in this node. */
export const isFormulaOpen = (node: RootContent, source: string, from: number) =>
  node.type === 'paragraph' && source.length - from < charactersMax && openedIn(source.slice(from, endOf(node))) !== null

/**
 * A formula that stands by itself may have blank lines in it, and lines that begin like a list. A parser of Markdown, which reads block by block,
 * sees several blocks there: here they become one again.
 */
export function joinFormulas(nodes: readonly RootContent[], source: string, parse: (source: string) => RootContent[]): RootContent[] {
  const joined: RootContent[] = []
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index]!
    const start = startOf(node)
    const opened = node.type === 'paragraph' ? openedIn(source.slice(start, endOf(node))) : null
    const open = start + (opened?.at ?? 0)
    const close = opened ? source.slice(open, open + charactersMax).indexOf(opened.close, 2) + open : -1
    const last = close > open ? nodes.findIndex((other) => endOf(other) > close) : -1
    if (last === -1 || nodes.slice(index, last + 1).some((other) => fence.test(source.slice(startOf(other), endOf(other))))) {
      joined.push(node)
      continue
    }
    const end = close + 2
    joined.push(...parsedAt(start, open), formulaAt(open, end), ...parsedAt(end, endOf(nodes[last]!)))
    index = last
  }
  return joined

  function parsedAt(from: number, to: number): RootContent[] {
    const found = parse(source.slice(from, to))
    for (const { position } of found) {
      position!.start.offset! += from
      position!.end.offset! += from
    }
    return found
  }

  function formulaAt(from: number, to: number): Paragraph {
    const written = source.slice(from, to)
    const point = (offset: number) => ({ line: 1, column: 1, offset })
    const position = { start: point(from), end: point(to) }
    const formula: Formula = { type: 'formula', value: written.slice(2, -2).trim(), source: written, display: true, position }
    return { type: 'paragraph', children: [formula], position }
  }
}

const startOf = (node: RootContent) => node.position!.start.offset!
const endOf = (node: RootContent) => node.position!.end.offset!
