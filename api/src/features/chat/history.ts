import { sql } from 'drizzle-orm'
import type { HistoryMessage } from '#features/agent/index.ts'
import { estimateTokens } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'

const messagesMax = 200

/** The branch that leads to a message, oldest first: as many of its newest messages as fit. One query, whatever the conversation's size. */
export async function loadHistory(
  { db }: Pick<Database, 'db'>,
  conversationId: string,
  messageId: string,
  tokensMax: number,
): Promise<HistoryMessage[]> {
  const { rows } = await db.execute<{ role: 'user' | 'assistant'; content: string; tool_calls: HistoryMessage['toolCalls'] }>(sql`
    with recursive branch as (
      select m.parent_id, 0 as depth from messages m where m.conversation_id = ${conversationId} and m.id = ${messageId}
      union all
      select m.parent_id, b.depth + 1 from messages m join branch b on m.id = b.parent_id and m.conversation_id = ${conversationId}
      where b.depth < ${messagesMax}
    )
    select m.role, m.content, m.tool_calls from branch b join messages m on m.id = b.parent_id where m.content <> '' order by b.depth`)
  const kept: HistoryMessage[] = []
  let tokens = 0
  for (const { role, content, tool_calls } of rows) {
    tokens += estimateTokens(content)
    if (tokens > tokensMax) break
    kept.unshift({ role, content, toolCalls: tool_calls })
  }
  return kept
}
