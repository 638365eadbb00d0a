import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { AppError } from '#lib/app-error.ts'
import { isStorageFull } from '#lib/outage.ts'

/** What a backup is made of: notes of its own, and between them the rows of the part that the last note opened, each a JSON text. */
export type Note =
  | { kind: 'backup'; format: 1; version: string; migrations: number; at: string }
  | { kind: 'part'; store: 'table' | 'collection'; name: string }
  | { kind: 'end of part'; rows: number; sha256: string }
  | { kind: 'end'; parts: number }
export type Line = { note: Note } | { row: string }

const noteMark = '#'

/**
 * Writes a backup as gzip-compressed lines, readable by its owner alone. Under its name it is always whole. A note that ends a part gets the
 * number and the hash of its rows here.
 */
export async function writeArchive(file: string, lines: AsyncIterable<Line>): Promise<void> {
  const unfinished = `${file}.part`
  const output = await open(unfinished, 'wx', 0o600).catch(cannotWrite)
  try {
    await pipeline(Readable.from(toText(lines)), createGzip(), output.createWriteStream({ flush: true }))
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    if (isStorageFull(error)) throw new AppError('storage_full', `There is no room for ${file}; nothing was kept of it.`, { cause: error })
    throw error
  }
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

/** Reads a backup and holds each part against its number and hash. @throws invalid_request when it is cut, changed, or no backup at all */
export async function* readArchive(file: string): AsyncGenerator<Line> {
  const unpacked = createReadStream(file)
    .on('error', (error) => unpacked.destroy(error))
    .pipe(createGunzip())
  let part = { rows: 0, hash: createHash('sha256') }
  let isWhole = false
  let isFirst = true
  try {
    for await (const line of linesOf(unpacked)) {
      if (isFirst && !line.startsWith(`${noteMark}{"kind":"backup","format":1,`)) throw new Error('it does not begin as a backup does')
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
    throw new AppError('invalid_request', `${file} is not a whole backup: ${(cause as Error).message}.`, { cause })
  }
}

/** Not by node:readline, whose iterator ends the process when its input breaks off. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    yield* lines
  }
  if (rest !== '') yield rest
}

function count(part: { rows: number; hash: Hash }, row: string): void {
  part.rows++
  part.hash.update(row).update('\n')
}

const cannotWrite = (cause: NodeJS.ErrnoException) => {
  const why = cause.code === 'EEXIST' ? 'another backup is being written there; remove the file if none is' : cause.code
  throw new AppError('unavailable', `Cannot write ${cause.path}: ${why}.`, { cause })
}
