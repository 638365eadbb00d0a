import type { Conversation, ListedConversation } from '@jarvis/contracts/chat.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, eq, exists, ilike, inArray, or, type SQL, sql } from 'drizzle-orm'
import { union } from 'drizzle-orm/pg-core'
import { containing } from '#lib/like.ts'
import type { Caller } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, messages } from '#ports/database/tables.ts'
import { refusal } from '#lib/refusal.ts'
import { matchesIn } from './matches.ts'
import { cursorOf, inList, type Listed, listed, type ListQuery, newestFirst, toPage } from './conversation-list.ts'

type Transaction = Parameters<Parameters<Database['db']['transaction']>[0]>[0]

/** So many of the newest conversations are read one by one: a common word fills a page from them, and no index is asked for it. */
const walkedMax = 300
const searchMsMax = 3000

/**
 * The conversations whose title or text holds `q`, ignoring case, newest first. A common word is found by reading the newest ones, a rare one
 * by the index of trigrams, and Chinese, Japanese and Korean, where two characters are a word, by one of pairs. @throws overloaded
 */
export async function searchConversations(
  { db }: Pick<Database, 'db'>,
  caller: Caller,
  q: string,
  query: ListQuery,
): Promise<Page<ListedConversation>> {
  try {
    return await db.transaction(async (tx) => {
      // How the words are spread decides the plan, so one for any word would be a bad one.
      await tx.execute(sql`select set_config('statement_timeout', ${String(searchMsMax)}, true), set_config('plan_cache_mode', 'force_custom_plan', true),
        set_config('max_parallel_workers_per_gather', '0', true)`)
      const { found, cursor } = await walk(tx, caller, q, query)
      if (found.length > query.limit || cursor === undefined) return await withMatches(tx, q, toPage(found, query.limit))
      const older = await lookUp(tx, caller, q, { ...query, cursor, limit: query.limit - found.length })
      return await withMatches(tx, q, toPage([...found, ...older], query.limit))
    })
  } catch (error) {
    if (!isTimeout(error)) throw error
    throw refusal('overloaded.search', {}, { cause: error, retryAfterSeconds: 5 })
  }
}

/** What is found among the next few of the list; `cursor` is where they end, none at the end of the list. */
async function walk(tx: Transaction, caller: Caller, q: string, query: ListQuery): Promise<{ found: Listed[]; cursor: string | undefined }> {
  const rows = await tx
    .select({ ...listed, isHit: sql<boolean>`${or(ilike(conversations.title, containing(q)), exists(ownHits(tx, q)))}` })
    .from(conversations)
    .where(inList(caller, query))
    .orderBy(...newestFirst)
    .limit(walkedMax)
  return { found: rows.filter(({ isHit }) => isHit).slice(0, query.limit + 1), cursor: rows.length < walkedMax ? undefined : cursorOf(rows.at(-1)!) }
}

/** Where the words stand in the messages of what was found. */
async function withMatches(tx: Transaction, q: string, { items, nextCursor }: Page<Conversation>): Promise<Page<ListedConversation>> {
  const matches = await matchesIn(
    tx,
    q,
    items.map(({ id }) => id),
  )
  return { items: items.map((item) => ({ ...item, matches: matches.get(item.id) ?? [] })), nextCursor }
}

const ownHits = (tx: Transaction, q: string) =>
  tx
    .select({ one: sql`1` })
    .from(messages)
    .where(and(eq(messages.conversationId, conversations.id), ilike(messages.content, containing(q))))

const lookUp = (tx: Transaction, caller: Caller, q: string, query: ListQuery): Promise<Listed[]> => lookUpQuery(tx, caller, q, query)

/** By index: titles and messages that hold it, then their place in the list. */
export const lookUpQuery = (db: Pick<Database['db'], 'select'>, caller: Caller, q: string, query: ListQuery) => {
  const own = eq(conversations.userId, caller.userId)
  const byTitle = db
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(own, ilike(conversations.title, containing(q))))
  const byText = db
    .select({ id: messages.conversationId })
    .from(messages)
    .innerJoin(conversations, eq(conversations.id, messages.conversationId))
    .where(and(own, holds(q)))
  return db
    .select(listed)
    .from(conversations)
    .where(and(inList(caller, query), inArray(conversations.id, union(byTitle, byText))))
    .orderBy(...newestFirst)
    .limit(query.limit + 1)
}

/** The functions are the migration's; text is CJK where it has a Han, kana, hangul or bopomofo character. */
function holds(q: string): SQL {
  const text = ilike(messages.content, containing(q))
  return hasCjk.test(q) ? and(text, sql`has_cjk(${messages.content}) and cjk_grams(${messages.content}) @> cjk_grams(${q})`)! : text
}

const hasCjk =
  /[\u2E80-\u2FDF\u3005-\u3007\u3021-\u3029\u3038-\u303B\u3041-\u30FF\u3105-\u312F\u3131-\u318E\u31A0-\u31BF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\u{20000}-\u{3FFFF}]/u

function isTimeout(error: unknown): boolean {
  const { code } = ((error as Error | undefined)?.cause ?? error ?? {}) as { code?: string }
  return code === '57014'
}
