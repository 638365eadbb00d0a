import { setTimeout as wait } from 'node:timers/promises'
import { isImage } from '@jarvis/contracts/files.ts'
import { readFailure } from '@jarvis/contracts/sentences.ts'
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { passagesSeenBy } from '#features/sharing/index.ts'
import type { Blobs } from '#ports/blobs/index.ts'
import type { Database } from '#ports/database/index.ts'
import { filePassages, files } from '#ports/database/tables.ts'
import { tableFormatOf } from './media-type.ts'
import { filesSeenBy } from './owned.ts'
import type { Passage } from './passages.ts'
import type { Search } from './search.ts'

/** A file as a model reads it: all of it, or what of it seems to matter. */
export type PromptFile = { id: string; name: string; /** What is said of it. */ note: string; passages: Place[]; isWhole: boolean }
export type PromptPicture = { mediaType: string; base64: string }
export type ForPrompt = { files: PromptFile[]; pictures: PromptPicture[] }
export type PromptDeps = Pick<Database, 'db'> & {
  blobs: Pick<Blobs, 'get'>
  search: Search
  /** Whether the rows of a table may be read as text. Otherwise a model asks for them. */
  tablesAsText: boolean
}
export type PromptRequest = {
  /** Whose conversation it is: a file that they may not see any more is none of it. */
  readerId: string
  fileIds: string[]
  question: string
  charactersMax: number
  /** Whether the model sees pictures. */
  sees: boolean
  signal: AbortSignal
}

type Place = Pick<Passage, 'position' | 'page' | 'heading' | 'text'>

const pollMs = 250
/** For files that are still being read when a message with them is answered. */
const waitMsMax = 150_000
const foundMax = 40
/** The newest: each costs about as much as a page of text. */
const picturesMax = 6
const unread = '(A table. query_data answers questions about it in SQL.)'
const unseen = '(A picture. This model does not see pictures: say so if the question is about it.)'
const readIn = '(A picture. This model does not see pictures. This is the text that was read in it, perhaps with mistakes.)'

/** The files of a conversation for its next answer. */
export function createForPrompt({ db, blobs, search, tablesAsText }: PromptDeps) {
  const rowsOf = (readerId: string, fileIds: string[]) =>
    db
      .select()
      .from(files)
      .where(and(filesSeenBy(readerId), inArray(files.id, fileIds)))

  async function settled({ readerId, fileIds, signal }: PromptRequest) {
    for (const since = performance.now(); ; await wait(pollMs, undefined, { signal })) {
      const rows = await rowsOf(readerId, fileIds)
      if (rows.every(({ status }) => status !== 'processing') || performance.now() - since > waitMsMax) return rows
    }
  }

  const passages = (readerId: string, fileId: string): Promise<Place[]> =>
    db
      .select({ position: filePassages.position, page: filePassages.page, heading: filePassages.heading, text: filePassages.text })
      .from(filePassages)
      .where(and(passagesSeenBy(readerId), eq(filePassages.fileId, fileId)))
      .orderBy(asc(filePassages.position))

  async function lengths(readerId: string, fileIds: string[]): Promise<Map<string, number>> {
    const rows = await db
      .select({ fileId: filePassages.fileId, characters: sql<number>`sum(length(${filePassages.text}))::int` })
      .from(filePassages)
      .where(and(passagesSeenBy(readerId), inArray(filePassages.fileId, fileIds)))
      .groupBy(filePassages.fileId)
    return new Map(rows.map(({ fileId, characters }) => [fileId, characters]))
  }

  async function picture(key: string): Promise<PromptPicture[]> {
    const content = await blobs.get(key)
    return content ? [{ mediaType: 'image/jpeg', base64: Buffer.concat(await Array.fromAsync(content)).toString('base64') }] : []
  }

  /** The first in line is whole if it fits, then the next; of what does not fit, its beginning and what answers the question. */
  return async function forPrompt(request: PromptRequest): Promise<ForPrompt> {
    const { readerId, fileIds, question, charactersMax, sees } = request
    if (fileIds.length === 0) return { files: [], pictures: [] }
    const rows = new Map((await settled(request)).map((row) => [row.id, row]))
    const inOrder = fileIds.flatMap((id) => rows.get(id) ?? [])
    const shown = inOrder.flatMap(({ shownKey }) => (sees ? (shownKey ?? []) : [])).slice(0, picturesMax)
    const size = await lengths(readerId, fileIds)
    const told: PromptFile[] = []
    const large: typeof inOrder = []
    let left = charactersMax
    for (const file of inOrder) {
      const { id, name, status, error } = file
      const characters = size.get(id) ?? 0
      if (isImage(file.mediaType) && status === 'ready') {
        if (sees) continue
        const words = characters > 0 && characters <= left ? await passages(readerId, id) : []
        if (words.length > 0) left -= characters
        told.push({ id, name, isWhole: false, note: words.length > 0 ? readIn : unseen, passages: words })
      } else if (status !== 'ready') {
        const why = error ? readFailure(error).detail : 'It is still being read.'
        told.push({ id, name, isWhole: false, note: `(None of it can be read. ${why})`, passages: [] })
      } else if (!tablesAsText && tableFormatOf(file.mediaType)) {
        told.push({ id, name, isWhole: false, note: unread, passages: [] })
      } else if (characters <= left) {
        left -= characters
        told.push({ id, name, isWhole: true, note: '', passages: await passages(readerId, id) })
      } else large.push(file)
    }
    const share = Math.floor(left / Math.max(1, large.length))
    for (const { id, name, pages, mediaType } of large) {
      const all = await passages(readerId, id)
      const found = (await search(readerId, [id], question, foundMax)).map(({ position }) => position)
      const beside = found.flatMap((position) => [position + 1, position - 1]).filter((position) => all[position] !== undefined)
      // The beginning says what the file is; then the best, and what stands next to them, as many as fit, in the order of the file.
      const chosen = [all[0]!.position, ...found, ...beside]
      const kept = new Set<number>()
      let room = share
      for (const position of chosen) {
        const { length } = all[position]!.text
        if (kept.has(position) || length > room) continue
        room -= length
        kept.add(position)
      }
      const said = `(This file is too long to be read whole${pages === null ? '' : `: it has ${pages} pages`}. These are its parts that fit the question; search_files finds others${tableFormatOf(mediaType) ? ', and query_data answers questions about all of it in SQL' : ''}.)`
      told.push({ id, name, isWhole: false, note: said, passages: all.filter(({ position }) => kept.has(position)) })
    }
    return { files: told, pictures: (await Promise.all(shown.map(picture))).flat() }
  }
}
