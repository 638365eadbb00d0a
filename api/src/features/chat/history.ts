import { fromStored, type StoredPart, textOf, type ToolCall } from '@jarvis/contracts/parts.ts'
import { sql } from 'drizzle-orm'
import { contextTaint, type HistoryMessage, type Summary, summaryMessage } from '#features/agent/index.ts'
import { isKeyTaint, keyTaint } from '#lib/key-taint.ts'
import { estimateTokens } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'

export type History = { messages: HistoryMessage[]; /** So much of it that the oldest should be summed up. */ isLong: boolean }
/** `windowTokens` is what the model's context leaves to history, `tokensMax` what a run may spend on it. */
export type Past = { tokens: number; within(room: { windowTokens: number; tokensMax: number }): History }
type BranchMessage = HistoryMessage & { id: string; content: string }
/** Newest first. */
type Branch = { messages: BranchMessage[]; summary: Summary | null }

const messagesMax = 200
/** Summed up before the window is full, so that nothing falls out of it unseen. */
const longShare = 0.75
const keptShare = 0.375

/** What of a question is not of the one who asks: what a program sent with a key is not a person's own, what an application put beside it nobody's. */
export function outsideOf(
  question: { viaKey: boolean; context: string | null } | undefined,
  { apiKeyId }: { apiKeyId: string | null },
): Pick<HistoryMessage, 'taint' | 'context'> & { isForeign: boolean } {
  const { viaKey = false, context = null } = question ?? {}
  const isForeign = viaKey && apiKeyId === null
  return { taint: context === null ? (isForeign ? keyTaint : null) : contextTaint, isForeign, context }
}

/** A person: what programs sent is not theirs. */
const person = { apiKeyId: null }

/**
 * The branch that leads to a message: its size, and as many of its newest messages as fit, oldest first, after the summary of those before. One
 * query, whatever the conversation's size.
 */
export async function loadHistory(
  { db }: Pick<Database, 'db'>,
  { conversationId, messageId, apiKeyId }: { conversationId: string; messageId: string; apiKeyId: string | null },
): Promise<Past> {
  const { messages, summary } = await loadBranch({ db }, conversationId, messageId, { apiKeyId })
  const told = summary ? summaryMessage(summary) : null
  const toldTokens = told ? estimateTokens(textOf(told.parts)) : 0
  return {
    tokens: toldTokens + messages.reduce((sum, message) => sum + tokensOfMessage(message), 0),
    within({ windowTokens, tokensMax }) {
      const kept = newest(messages, tokensMax - toldTokens)
      const isLong = newest(messages, windowTokens * longShare).length < messages.length || messages.length > messagesMax * longShare
      return { messages: [...(told ? [told] : []), ...kept.toReversed()], isLong }
    },
  }
}

/** What of a branch should be summed up now: its oldest messages, newest first, so that the window is half empty again. */
export async function loadForSummary(
  { db }: Pick<Database, 'db'>,
  { conversationId, messageId }: { conversationId: string; messageId: string },
  windowTokens: number,
): Promise<Branch> {
  const { messages, summary } = await loadBranch({ db }, conversationId, messageId, person)
  const kept = newest(messages.slice(0, messagesMax * keptShare), windowTokens * keptShare)
  return { messages: messages.slice(kept.length), summary }
}

function newest(messages: BranchMessage[], tokensMax: number): BranchMessage[] {
  let tokens = 0
  const end = messages.findIndex((message) => (tokens += tokensOfMessage(message)) > tokensMax)
  return end === -1 ? messages : messages.slice(0, end)
}

const tokensOfMessage = ({ content, context }: BranchMessage) => estimateTokens(content + (context ?? ''))

type Row = Pick<BranchMessage, 'id' | 'role' | 'content' | 'sources' | 'taint'> & {
  parts: StoredPart[] | null
  tool_calls: ToolCall[]
  context: string | null
  via_key: boolean
  asked_context: string | null
  summary: string | null
  summary_taint: string | null
}

/** The messages before one, newest first, back to the newest that is in a summary. */
async function loadBranch(
  { db }: Pick<Database, 'db'>,
  conversationId: string,
  messageId: string,
  asker: { apiKeyId: string | null },
): Promise<Branch> {
  const { rows } = await db.execute<Row>(sql`
    with recursive branch as (
      select m.parent_id, 0 as depth from messages m where m.conversation_id = ${conversationId} and m.id = ${messageId}
      union all
      select m.parent_id, b.depth + 1 from messages m join branch b on m.id = b.parent_id and m.conversation_id = ${conversationId}
      where b.depth < ${messagesMax}
    )
    select m.id, m.role, m.content, m.parts, m.tool_calls, m.sources, m.taint, m.context, s.text as summary, s.taint as summary_taint,
      m.via_key or coalesce(q.via_key, false) as via_key, coalesce(m.context, q.context) as asked_context
    from branch b join messages m on m.id = b.parent_id
    left join messages q on m.role = 'assistant' and q.id = m.parent_id and q.conversation_id = m.conversation_id
    left join conversation_summaries s on s.conversation_id = m.conversation_id and s.message_id = m.id
    order by b.depth`)
  const covered = rows.findIndex(({ summary }) => summary !== null)
  const summary = covered === -1 ? null : { text: rows[covered]!.summary!, taint: taintFor(asker, rows[covered]!.summary_taint) }
  const messages = (covered === -1 ? rows : rows.slice(0, covered)).map(
    ({ tool_calls, summary: _, summary_taint: __, via_key, asked_context, parts, ...message }): BranchMessage => ({
      ...message,
      ...foreignOf(asker, { via_key, asked_context, taint: message.taint }),
      parts: fromStored(parts, { content: message.content, toolCalls: tool_calls, interrupts: [] }),
    }),
  )
  return { messages, summary }
}

/** To a program, what programs sent is its own: each of them may do the same. */
const taintFor = ({ apiKeyId }: { apiKeyId: string | null }, taint: string | null) => (apiKeyId !== null && isKeyTaint(taint) ? null : taint)

/** An answer is as foreign as the question that it was given to, and stays so when that has left the window. */
function foreignOf(asker: { apiKeyId: string | null }, { via_key, asked_context, taint }: Pick<Row, 'via_key' | 'asked_context' | 'taint'>) {
  const asked = outsideOf({ viaKey: via_key, context: asked_context }, asker)
  return { isForeign: asked.isForeign, taint: taintFor(asker, taint) ?? asked.taint }
}
