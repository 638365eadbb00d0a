import { eq, sql } from 'drizzle-orm'
import { type Agent, summarisedCharactersMax } from '#features/agent/index.ts'
import type { Billing } from '#features/billing/index.ts'
import type { Completions } from '#features/completions/index.ts'
import { AppError } from '#lib/app-error.ts'
import { billOf, estimateTokens } from '#lib/money.ts'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations } from '#ports/database/tables.ts'
import { loadForSummary } from './history.ts'

export type SummariesDeps = Pick<Database, 'db'> & {
  agent: Agent
  billing: Pick<Billing, 'settlement'>
  completions: Pick<Completions, 'open' | 'economy'>
  log: Log
}
export type Summaries = ReturnType<typeof createSummaries>
export type BranchEnd = { conversationId: string; messageId: string }

const callMsMax = 60_000
const materialShare = 0.5

/** The running summary of a branch, so that a model that reads only its newest messages knows what was before them. */
export function createSummaries({ db, agent, billing, completions, log }: SummariesDeps) {
  return {
    /** Sums up the oldest messages of a branch with the summary there is. Where nothing may be spent any more it stays as it is. */
    async bringUpToDate({ conversationId, messageId }: BranchEnd, windowTokens: number, signal: AbortSignal): Promise<void> {
      const [conversation] = await db.select({ userId: conversations.userId }).from(conversations).where(eq(conversations.id, conversationId))
      const { messages: leaving, summary: previous } = await loadForSummary({ db }, { conversationId, messageId }, windowTokens)
      const model = completions.economy
      const messages = oldest(leaving, model.contextTokens * materialShare)
      const [last] = messages
      if (!conversation || !last) return
      const bill = billOf({ userId: conversation.userId, conversationId, messageId: last.id })
      // Whatever becomes of the summary, what its call used is settled and the rest comes back.
      await using work = completions.open(bill)
      try {
        const { text, taint } = await agent.summarise({
          model: model.id,
          previous,
          history: messages.toReversed(),
          complete: work.complete,
          signal: AbortSignal.any([signal, AbortSignal.timeout(callMsMax)]),
        })
        const due = work.due()
        const { rowCount } = await db.execute(sql`
          with first as (
            insert into conversation_summaries (conversation_id, message_id, text, taint)
            select ${conversationId}, ${last.id}, ${text}, ${taint} where exists (select from messages where id = ${last.id})
            on conflict (conversation_id, message_id) do update set text = excluded.text, taint = excluded.taint returning 1),
          ${billing.settlement(bill, due)}`)
        // Of a conversation that was deleted meanwhile nothing was written, nor settled: the call is, when the work is disposed of.
        if (rowCount) work.settled(due)
      } catch (error) {
        if (error instanceof AppError && (error.code === 'budget_exhausted' || error.code === 'ceiling_reached')) {
          return log.info({ conversationId, code: error.code }, 'no summary was made')
        }
        throw error
      }
    },
  }
}

/** Of messages that stand newest first; the others have their turn after the next answer. */
function oldest<Message extends { content: string }>(messages: Message[], tokensMax: number): Message[] {
  let tokens = 0
  return messages.slice(
    messages.findLastIndex(({ content }) => (tokens += estimateTokens(content.slice(0, summarisedCharactersMax))) > tokensMax) + 1,
  )
}
