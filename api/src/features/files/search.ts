import { and, desc, inArray, notInArray, type SQL, sql } from 'drizzle-orm'
import { passagesSeenBy, sharedTo } from '#features/sharing/index.ts'
import type { Database } from '#ports/database/index.ts'
import { filePassages, files, messages } from '#ports/database/tables.ts'
import { fuse } from './fuse.ts'
import { tableTypes } from './media-type.ts'
import { filesOf, filesSeenBy } from './owned.ts'
import type { PassageVectors, Place } from './passage-vectors.ts'
import type { Passage } from './passages.ts'

/** A passage, with what stands next to it. */
export type Found = Passage & { fileId: string; name: string; before: string; after: string }
export type SearchDeps = Pick<Database, 'db'> & { passageVectors: Pick<PassageVectors, 'nearest'> }
export type Search = ReturnType<typeof createSearch>

const termsMax = 24
/** Forms of a word have its beginning in common. */
const stemCharacters = 6
/** So many of each kind are candidates. */
const candidatesMax = 50
const vectorsMs = 4000
const askedCharactersMax = 2000
const besideCharacters = 200
const words = new Intl.Segmenter(undefined, { granularity: 'word' })

/** What to look for: the words of a question in any language, each by its beginning. */
export function termsOf(query: string): string[] {
  const found = Array.from(words.segment(query.slice(0, askedCharactersMax).normalize('NFC').toLowerCase()))
    .filter(({ isWordLike, segment }) => isWordLike && (segment.length > 2 || /[^a-z]/.test(segment)))
    .map(({ segment }) => segment.slice(0, Math.max(stemCharacters, Math.ceil(segment.length * 0.75))))
  return [...new Set(found)].slice(0, termsMax)
}

/** Passages of files that a reader may see, by their words and by what they mean: no query here is without the reader. */
export function createSearch({ db, passageVectors }: SearchDeps) {
  const seen = (readerId: string, fileIds: readonly string[]): SQL => and(passagesSeenBy(readerId), inArray(filePassages.fileId, [...fileIds]))!

  /**
   * Those that say the most of what was asked, a rare word counting more than a frequent one; the best first. What the rest of its file says
   * counts as much: the name of what a file is about stands on its first page.
   */
  async function byWords(readerId: string, fileIds: readonly string[], query: string): Promise<Place[]> {
    const terms = termsOf(query)
    if (terms.length === 0 || fileIds.length === 0) return []
    const list = sql.join(
      terms.map((term) => sql`(${term})`),
      sql`, `,
    )
    const { rows } = await db.execute<Place>(sql`
      with asked(term) as (values ${list}),
      held as (
        select ${filePassages.fileId} as file_id, ${filePassages.position} as position, asked.term
        from ${filePassages} join asked
          on position(asked.term in lower(${filePassages.text})) > 0 or position(asked.term in lower(coalesce(${filePassages.heading}, ''))) > 0
        where ${seen(readerId, fileIds)}),
      weight as (select term, 1 / ln(2 + count(*)) as weight, 1 / ln(2 + count(distinct file_id)) as in_files from held group by term),
      of_file as (
        select file_id, sum(in_files) as weight from (select distinct file_id, term from held) said join weight using (term) group by file_id)
      select file_id as "fileId", position from held join weight using (term) join of_file using (file_id)
      group by file_id, position, of_file.weight order by sum(weight.weight) + of_file.weight desc, file_id, position limit ${candidatesMax}`)
    return rows
  }

  async function rowsOf(readerId: string, fileIds: readonly string[], places: readonly Place[]): Promise<Found[]> {
    if (places.length === 0) return []
    const wanted = sql.join(
      places.map(({ fileId, position }) => sql`(${fileId}::uuid, ${position}::int)`),
      sql`, `,
    )
    const { rows } = await db.execute<Found>(sql`
      select ${filePassages.fileId} as "fileId", position, start, page, heading, text, ${files.name} as name,
        coalesce((select right(b.text, ${besideCharacters}) from file_passages b
          where b.file_id = ${filePassages.fileId} and b.position = ${filePassages.position} - 1), '') as before,
        coalesce((select left(a.text, ${besideCharacters}) from file_passages a
          where a.file_id = ${filePassages.fileId} and a.position = ${filePassages.position} + 1), '') as after
      from ${filePassages} join ${files} on ${files.id} = ${filePassages.fileId}
      where ${seen(readerId, fileIds)} and (${filePassages.fileId}, ${filePassages.position}) in (${wanted})`)
    const at = new Map(rows.map((row) => [`${row.fileId}:${row.position}`, row]))
    return places.flatMap(({ fileId, position }) => at.get(`${fileId}:${position}`) ?? [])
  }

  return async function search(readerId: string, fileIds: readonly string[], query: string, limit: number): Promise<Found[]> {
    const asked = query.slice(0, askedCharactersMax)
    const [lexical, near] = await Promise.all([
      byWords(readerId, fileIds, asked),
      passageVectors.nearest(readerId, fileIds, asked, candidatesMax, AbortSignal.timeout(vectorsMs)).catch(() => []),
    ])
    // A vector may outlive its passage for a moment, and a search what its reader may see.
    return (await rowsOf(readerId, fileIds, fuse(lexical, near).slice(0, limit + candidatesMax))).slice(0, limit)
  }
}

/** So many of a person's newest files, and of those that others let them read, where a conversation has none. */
const filesMax = 50

/** What came with the messages of a conversation, whosever it is. */
export async function attachedTo(db: Database['db'], conversationId: string): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select distinct part->>'fileId' as id from ${messages}, jsonb_array_elements(coalesce(${messages.parts}, '[]')) part
    where ${messages.conversationId} = ${conversationId} and part->>'type' in ('file', 'image')`)
  return rows.map(({ id }) => id)
}

/** For a conversation: in its own files or, where it has none, in those that its person may see. */
export function createFind({ db, search, tablesAsText }: Pick<Database, 'db'> & { search: Search; tablesAsText: boolean }) {
  type Asked = { readerId: string; conversationId: string; query: string; limit: number }
  async function newest(these: SQL): Promise<string[]> {
    const rows = await db.select({ id: files.id }).from(files).where(these).orderBy(desc(files.id)).limit(filesMax)
    return rows.map(({ id }) => id)
  }
  /** Others may share as much as they like: it takes no place of what is the person's own. */
  const newestFor = async (readerId: string) => (await Promise.all([newest(filesOf(readerId)), newest(sharedTo(readerId, 'file'))])).flat()
  async function noTables(readerId: string, fileIds: string[]): Promise<string[]> {
    const isOther = and(filesSeenBy(readerId), inArray(files.id, fileIds), notInArray(files.mediaType, [...tableTypes]))
    return (await db.select({ id: files.id }).from(files).where(isOther)).map(({ id }) => id)
  }

  return async function find({ readerId, conversationId, query, limit }: Asked): Promise<Found[]> {
    const own = await attachedTo(db, conversationId)
    const sought = own.length > 0 ? own : await newestFor(readerId)
    return await search(readerId, tablesAsText ? sought : await noTables(readerId, sought), query, limit)
  }
}
