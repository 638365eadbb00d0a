import { hiddenRegions, type Region } from '#features/guard/text/hidden.ts'
import { removedMark } from './removed-mark.ts'
import type { Signal } from './score.ts'

/** A line, cell or value no longer than this goes as a whole; of a longer one only the sentences around the finding. */
const wholeUnitMax = 260
/** How far an order runs on after the words that gave it away. */
const tailMax = 280

const unitStart = /\n|["'] ?: ?["']|<(?:p|div|li|td|th|body|br ?\/?|h[1-6])>|\| /g
const unitEnd = /\n|["'] ?[,}\]]|<\/?(?:p|div|li|td|th|body|br ?\/?|h[1-6])>| \|/g

/** Cuts the offending passages out and leaves a mark in their place; everything else stays byte for byte. */
export function removePassages(text: string, signals: Signal[]): string {
  const hiddenAt = hiddenRegions(text)
  const spans: Region[] = []
  for (const signal of signals.filter((signal) => signal.end > signal.start).sort((a, b) => a.start - b.start)) {
    const last = spans.at(-1)
    if (!last || signal.start < last.start || signal.end > last.end) spans.push(passage(text, signal, hiddenAt(signal.start)))
  }
  spans.sort((a, b) => a.start - b.start)
  let kept = ''
  let at = 0
  for (const { start, end } of merged(spans)) {
    kept += text.slice(at, start) + removedMark
    at = end
  }
  return kept + text.slice(at)
}

function merged(spans: Region[]): Region[] {
  const result: Region[] = []
  for (const span of spans) {
    const last = result.at(-1)
    if (last && span.start <= last.end + 40) last.end = Math.max(last.end, span.end)
    else result.push({ ...span })
  }
  return result
}

function passage(text: string, signal: Signal, hidden: Region | undefined): Region {
  if (hidden && signal.end <= hidden.end + 4) return hidden
  const start = lastBefore(text, unitStart, signal.start)
  const end = firstAfter(text, unitEnd, signal.end)
  if (signal.family === 'impersonation') return { start, end: endOfBlock(text, end) }
  if (end - start <= wholeUnitMax) return { start, end }
  return { start: sentenceStart(text, signal.start, start), end: sentenceEnd(text, signal.end, end) }
}

/** Searched in a window, so that a page on one line costs no more than any other. */
const windowMax = 2000

function lastBefore(text: string, boundary: RegExp, at: number): number {
  const from = Math.max(0, at - windowMax)
  let last = from
  for (const match of text.slice(from, at).matchAll(boundary)) last = from + match.index + match[0].length
  return last
}

function firstAfter(text: string, boundary: RegExp, at: number): number {
  const window = text.slice(at, at + windowMax)
  for (const match of window.matchAll(boundary)) return at + match.index
  return at + window.length
}

function sentenceStart(text: string, at: number, floor: number): number {
  return lastBefore(text.slice(floor, at), /[.!?。！？]["')\]]* |[。！？]/g, at - floor) + floor
}

/** To the end of the sentence, and of those after it that may still be the order. */
function sentenceEnd(text: string, at: number, ceiling: number): number {
  let end = at
  for (let sentences = 0; sentences < 3 && end < ceiling; sentences++) {
    const next = Math.min(ceiling, firstAfter(text, /[.!?。！？]["')\]]*(?=\s)|[。！？]/g, end) + 1)
    if (sentences > 0 && next - at > tailMax) break
    end = next
  }
  return end
}

/** A faked turn or document goes on over the next lines, up to an empty one. */
function endOfBlock(text: string, at: number): number {
  let end = at
  for (let lines = 0; lines < 3; lines++) {
    if (text[end] !== '\n') break
    const next = text.indexOf('\n', end + 1)
    const lineEnd = next < 0 ? text.length : next
    if (lineEnd - end < 2 || lineEnd - at > 500) break
    end = lineEnd
  }
  return end
}
