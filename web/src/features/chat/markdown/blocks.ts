import { marked } from 'marked'
import remend from 'remend'

const rawBlocks = (text: string) => marked.lexer(text).map(({ raw }) => raw)

/** What may still change when text is appended: the last block, and the one before it that could yet join it. */
const unsettledBlocks = 3

/**
 * Cuts markdown into top-level blocks, so that a growing answer parses and renders only its last ones again. While it streams, marks that
 * are still open (`**`, a fence, a link) are closed for show.
 */
export function createSplitter() {
  let before = ''
  let settled: string[] = []
  let settledLength = 0

  return function split(text: string, streaming: boolean): string[] {
    if (!streaming) return rawBlocks(text)
    if (!text.startsWith(before)) {
      settled = []
      settledLength = 0
    }
    before = text
    const tail = rawBlocks(text.slice(settledLength))
    const moved = tail.slice(0, -unsettledBlocks)
    settled = [...settled, ...moved]
    settledLength += moved.reduce((length, raw) => length + raw.length, 0)
    const open = tail.slice(moved.length)
    const last = open.pop()
    return last === undefined ? settled : [...settled, ...open, remend(last)]
  }
}
