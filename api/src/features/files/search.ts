import { and, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { filePassages, files, messages } from '#ports/database/tables.ts'
import { filesOf } from './owned.ts'
import type { Passage } from './passages.ts'

export type Found = Passage & { fileId: string; name: string }

const termsMax = 24
/** Forms of a word have its beginning in common. */
const stemCharacters = 6
const words = new Intl.Segmenter(undefined, { granularity: 'word' })

/** What to look for: the words of a question in any language, each by its beginning. */
export function termsOf(query: string): string[] {
  const found = Array.from(words.segment(query.slice(0, 2000).normalize('NFC').toLowerCase()))
    .filter(({ isWordLike, segment }) => isWordLike && (segment.length > 2 || /[^a-z]/.test(segment)))
    .map(({ segment }) => segment.slice(0, Math.max(stemCharacters, Math.ceil(segment.length * 0.75))))
  return [...new Set(found)].slice(0, termsMax)
}

/** Passages of one owner's files: no query here is without the owner. */
export function createSearch({ db }: Pick<Database, 'db'>) {
  const ofOwner = (ownerId: string, fileIds: readonly string[]): SQL =>
    and(eq(filePassages.userId, ownerId), inArray(filePassages.fileId, [...fileIds]))!

  /** Those that say the most of what was asked, a rare word counting more than a frequent one; the best first. */
  return async function search(ownerId: string, fileIds: readonly string[], query: string, limit: number): Promise<Found[]> {
    const terms = termsOf(query)
    if (terms.length === 0 || fileIds.length === 0) return []
    const list = sql.join(
      terms.map((term) => sql`(${term})`),
      sql`, `,
    )
    const { rows } = await db.execute<Found>(sql`
      with asked(term) as (values ${list}),
      held as (
        select ${filePassages.fileId} as file_id, ${filePassages.position} as position, asked.term
        from ${filePassages} join asked
          on position(asked.term in lower(${filePassages.text})) > 0 or position(asked.term in lower(coalesce(${filePassages.heading}, ''))) > 0
        where ${ofOwner(ownerId, fileIds)}),
      weight as (select term, 1 / ln(2 + count(*)) as weight from held group by term),
      best as (
        select file_id, position, sum(weight) as score from held join weight using (term)
        group by file_id, position order by score desc, file_id, position limit ${limit})
      select p.file_id as "fileId", p.position, p.start, p.page, p.heading, p.text, f.name
      from best join file_passages p using (file_id, position) join ${files} f on f.id = p.file_id
      order by best.score desc, p.file_id, p.position`)
    return rows
  }
}

/** So many of a person's newest files, where a conversation has none. */
const filesMax = 50

/** For a conversation: in its own files or, where it has none, in its person's. */
export function createFind({ db, search }: Pick<Database, 'db'> & { search: ReturnType<typeof createSearch> }) {
  type Asked = { ownerId: string; conversationId: string; query: string; limit: number }
  async function newestOf(ownerId: string): Promise<string[]> {
    const newest = await db.select({ id: files.id }).from(files).where(filesOf(ownerId)).orderBy(desc(files.id)).limit(filesMax)
    return newest.map(({ id }) => id)
  }

  return async function find({ ownerId, conversationId, query, limit }: Asked): Promise<Found[]> {
    const { rows } = await db.execute<{ id: string }>(sql`
      select distinct part->>'fileId' as id from ${messages}, jsonb_array_elements(coalesce(${messages.parts}, '[]')) part
      where ${messages.conversationId} = ${conversationId} and part->>'type' = 'file'`)
    const own = rows.map(({ id }) => id)
    return await search(ownerId, own.length > 0 ? own : await newestOf(ownerId), query, limit)
  }
}
