import type { Match } from '@jarvis/contracts/chat.ts'
import { sql } from 'drizzle-orm'
import { containing } from '#lib/like.ts'
import type { Transaction } from '#ports/database/index.ts'

const matchesMax = 3
/** What of a message is read around the place, in characters; of it a snippet has some before and some after the word. */
const readBefore = 200
const readMax = 800
const shownBefore = 40
const shownMax = 160

/** The newest messages of each conversation that hold `q`, ignoring case, with the text around its first place. */
export async function matchesIn(tx: Pick<Transaction, 'execute'>, q: string, conversationIds: readonly string[]): Promise<Map<string, Match[]>> {
  const found = new Map<string, Match[]>()
  if (conversationIds.length === 0) return found
  const { rows } = await tx.execute<{ id: string; conversation_id: string; text: string; is_start: boolean }>(sql`
    select m.id, c.id as conversation_id, m.text, m.is_start
    from unnest(${sql.param(conversationIds)}::uuid[]) with ordinality as c(id, at)
    cross join lateral (
      select id, position, substring(content from greatest(1, place - ${readBefore}) for ${readMax}) as text, place <= ${readBefore} + 1 as is_start
      from messages, strpos(lower(content), lower(${q})) as place
      where conversation_id = c.id and content ilike ${containing(q)} order by position desc limit ${matchesMax}) m
    order by c.at, m.position desc`)
  for (const { id, conversation_id, text, is_start } of rows) {
    const match = { messageId: id, ...snippetOf(text, q, is_start) }
    found.set(conversation_id, [...(found.get(conversation_id) ?? []), match])
  }
  return found
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** One line around the first place of `q` in a text, cut between characters as people see them. `isStart`: nothing stands before the text. */
export function snippetOf(text: string, q: string, isStart: boolean): Omit<Match, 'messageId'> {
  const line = text.replace(/\s+/g, ' ')
  const place = Math.max(0, line.toLowerCase().indexOf(q.replace(/\s+/g, ' ').toLowerCase()))
  const starts = Array.from(graphemes.segment(line), ({ index }) => index)
  const from = starts.find((at) => at >= place - shownBefore) ?? 0
  const to = starts.findLast((at) => at <= from + shownMax) ?? line.length
  const end = line.length <= from + shownMax ? line.length : Math.max(to, Math.min(line.length, place + q.length))
  const snippet = `${from > 0 || !isStart ? '…' : ''}${line.slice(from, end).trim()}${end < line.length ? '…' : ''}`
  return { snippet, ranges: rangesOf(snippet, q) }
}

function rangesOf(snippet: string, q: string): [number, number][] {
  const [text, word] = [snippet.toLowerCase(), q.replace(/\s+/g, ' ').toLowerCase()]
  // Where lower case has another length, places in the one are not places in the other.
  if (text.length !== snippet.length || word === '') return []
  const ranges: [number, number][] = []
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) ranges.push([at, at + word.length])
  return ranges
}
