import { corrected, partLengthMax, parts } from './vocabulary.ts'

/** The text read otherwise, and where in the text each character of it came from. */
export type Respelling = { kind: 'lines' | 'joined' | 'typo'; text: string; origins: ArrayLike<number> }

const runMin = 18
const runMax = 2000
const runWordsMin = 4
/** The share of a run's letters that must be words for it to be words. */
const knownShare = 0.85
const slipsMin = 2
/** Slips farther apart than this many words have nothing to do with each other. */
const slipsWithin = 6
/** In honest text a word here and there looks like a slip. */
const slipShareMin = 0.25
/** How many words around slips are read with them. */
const around = 3

/**
 * What of a folded text may be read otherwise: one word a line, words without spaces, words with slips that tell an order otherwise. Only these
 * places, so that what stands around them is not judged twice. Linear.
 */
export function respellings(folded: string): Respelling[] {
  return [...inOneLine(folded), ...apart(folded), ...withoutSlips(folded)]
}

function inOneLine(folded: string): Respelling[] {
  let [lines, short] = [0, 0]
  for (const line of folded.split('\n')) {
    if (line.trim() === '') continue
    lines++
    if (!/\S\s+\S+\s+\S/.test(line)) short++
  }
  if (lines < 5 || short < 0.8 * lines) return []
  return [{ kind: 'lines', text: folded.replaceAll('\n', ' '), origins: Array.from(folded, (_, at) => at) }]
}

/** Runs of letters that are words without their spaces. */
function apart(folded: string): Respelling[] {
  return [...folded.matchAll(/[a-z]{18,2000}/g)].flatMap(({ 0: run, index }) => {
    const cuts = cutsOf(run)
    if (!cuts) return []
    const writer = createWriter()
    for (let i = 0; i < cuts.length; i++) {
      const end = index + (cuts[i + 1] ?? run.length)
      writer.copy(folded, index + cuts[i]!, end)
      writer.add(' ', end)
    }
    return [{ kind: 'joined' as const, ...writer.done() }]
  })
}

/** Where the words of a run begin: the fewest words, letters that belong to none cost most. */
function cutsOf(run: string): number[] | undefined {
  if (run.length < runMin || run.length > runMax) return undefined
  const cost = new Float64Array(run.length + 1)
  const before = new Int32Array(run.length + 1)
  const unknown = new Int32Array(run.length + 1)
  for (let end = 1; end <= run.length; end++) {
    cost[end] = cost[end - 1]! + 3
    before[end] = end - 1
    unknown[end] = unknown[end - 1]! + 1
    for (let start = Math.max(0, end - partLengthMax); start < end; start++) {
      const better = cost[start]! + 1
      if (better >= cost[end]! || !parts.has(run.slice(start, end))) continue
      cost[end] = better
      before[end] = start
      unknown[end] = unknown[start]!
    }
  }
  const cuts: number[] = []
  for (let end = run.length; end > 0; end = before[end]!) cuts.push(before[end]!)
  return unknown[run.length]! <= (1 - knownShare) * run.length && cuts.length >= runWordsMin ? cuts.toReversed() : undefined
}

type Place = { start: number; end: number; right: string | undefined }

function withoutSlips(folded: string): Respelling[] {
  const words = Array.from(folded.matchAll(/[a-z]+/g), ({ 0: word, index }): Place => ({
    start: index,
    end: index + word.length,
    right: corrected(word),
  }))
  const slips = words.flatMap(({ right }, at) => (right ? [at] : []))
  const clusters: number[][] = []
  for (const at of slips) {
    const last = clusters.at(-1)
    if (last && at - last.at(-1)! <= slipsWithin) last.push(at)
    else clusters.push([at])
  }
  return clusters
    .filter((cluster) => cluster.length >= slipsMin && cluster.length >= slipShareMin * (cluster.at(-1)! - cluster[0]! + 1))
    .map((cluster) => {
      const read = words.slice(Math.max(0, cluster[0]! - around), cluster.at(-1)! + around + 1)
      const writer = createWriter()
      let at = read[0]!.start
      for (const { start, end, right } of read) {
        writer.copy(folded, at, start)
        if (right) writer.add(right, start)
        else writer.copy(folded, start, end)
        at = end
      }
      return { kind: 'typo', ...writer.done() }
    })
}

function createWriter() {
  let text = ''
  const origins: number[] = []
  return {
    copy(from: string, start: number, end: number) {
      text += from.slice(start, end)
      for (let at = start; at < end; at++) origins.push(at)
    },
    add(piece: string, at: number) {
      text += piece
      for (let i = 0; i < piece.length; i++) origins.push(at)
    },
    done: () => ({ text, origins }),
  }
}
