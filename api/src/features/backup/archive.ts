import { createHash, type Hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { AppError } from '#lib/app-error.ts'
import { linesOf } from '#lib/lines.ts'

/** What a backup is made of: notes of its own, and between them the rows of the part that the last note opened, each a JSON text. */
export type Note =
  | { kind: 'backup'; format: 1 | 2; version: string; migrations: number; at: string }
  | { kind: 'part'; store: Store; name: string }
  | { kind: 'end of part'; rows: number; sha256: string }
  | { kind: 'end'; parts: number }
/** Files came with format 2. */
export type Store = 'table' | 'collection' | 'files'
export type Line = { note: Note } | { row: string }

const noteMark = '#'
const head = /^#\{"kind":"backup","format":[12],/
/** Of text, in one piece for the packer. */
const pieceCharactersMin = 64 * 1024

/** A backup as gzip-compressed lines. A note that ends a part gets the number and the hash of its rows here. */
export async function* toArchive(lines: AsyncIterable<Line>): AsyncGenerator<Uint8Array> {
  const packed = createGzip()
  // What fails reaches the reader of `packed`.
  pipeline(Readable.from(inPieces(toText(lines))), packed).catch(() => {})
  yield* packed as AsyncIterable<Uint8Array>
}

async function* toText(lines: AsyncIterable<Line>): AsyncGenerator<string> {
  let part = { rows: 0, hash: createHash('sha256') }
  for await (const line of lines) {
    if ('row' in line) {
      count(part, line.row)
      yield `${line.row}\n`
      continue
    }
    const { note } = line
    if (note.kind === 'part') part = { rows: 0, hash: createHash('sha256') }
    const told = note.kind === 'end of part' ? { ...note, rows: part.rows, sha256: part.hash.digest('hex') } : note
    yield `${noteMark}${JSON.stringify(told)}\n`
  }
}

async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = ''
  for await (const text of texts) {
    piece += text
    if (piece.length < pieceCharactersMin) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

/** Reads a backup and holds each part against its number and hash. @throws invalid_request when it is cut, changed, or no backup at all */
export async function* readArchive(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Line> {
  const unpacked = createGunzip()
  pipeline(Readable.from(bytes), unpacked).catch(() => {})
  let part = { rows: 0, hash: createHash('sha256') }
  let isWhole = false
  let isFirst = true
  try {
    for await (const line of linesOf(unpacked)) {
      if (isFirst && !head.test(line)) throw new Error('it does not begin as a backup does')
      isFirst = false
      if (!line.startsWith(noteMark)) {
        count(part, line)
        yield { row: line }
        continue
      }
      const note = JSON.parse(line.slice(1)) as Note
      if (note.kind === 'part') part = { rows: 0, hash: createHash('sha256') }
      if (note.kind === 'end of part' && (note.rows !== part.rows || note.sha256 !== part.hash.digest('hex'))) throw new Error('a part was changed')
      isWhole = note.kind === 'end'
      yield { note }
    }
    if (!isWhole) throw new Error('its end is missing')
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('invalid_request', `${name} is not a whole backup: ${(cause as Error).message}.`, { cause })
  }
}

function count(part: { rows: number; hash: Hash }, row: string): void {
  part.rows++
  part.hash.update(row).update('\n')
}
