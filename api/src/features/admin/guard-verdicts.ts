import { type CaughtVerdict, GuardFamily } from '@jarvis/contracts/guard.ts'
import type { Page, PageQuery } from '@jarvis/contracts/text.ts'
import { sql } from 'drizzle-orm'
import type { z } from 'zod'
import { cursorOf, placeOfCursor } from '#lib/cursor.ts'
import type { Database } from '#ports/database/index.ts'
import { audit, auditOutbox, messages, runs } from '#ports/database/tables.ts'

/** A row of the audit is another one once it is chained; that of the outbox is named in it. */
const called = (table: typeof audit | typeof auditOutbox, id: string) => sql`
  select ${sql.raw(id)} as id, at, details->>'guard' as action, (details->>'guardScore')::float8 as score, actor_id, target, details->>'conversationId' as conversation
  from ${table} where action = 'tool.called' and at > now() - interval '30 days' and details ? 'guard'`

/** What the guard did in 30 days, of what runs and the audit say anyway: messages in conversations that it blocked, results of tools that it changed. */
export const caught = sql`
  select r.id::text as id, r.created_at as at, 'user' as channel, 'block' as action, (m.error->'params'->>'score')::float8 as score,
    m.error->'params'->>'sentence' as said, null as tool, r.user_id, r.conversation_id::text as conversation
  from ${runs} r join ${messages} m on m.id = r.assistant_message_id
  where r.status = 'failed' and r.error_code = 'blocked_by_guard' and r.created_at > now() - interval '30 days'
  union all
  select 'call-' || id, at, 'tool_output', action, score, null, target, actor_id, conversation
  from (${called(audit, 'coalesce(outbox_id, -id)')} union all ${called(auditOutbox, 'id')}) calls
  where actor_id is not null`

type Row = Omit<CaughtVerdict, 'at' | 'family' | 'userId' | 'conversationId'> & {
  micros: string
  said: string | null
  user_id: string
  conversation: string | null
}

const list = 'verdicts'

export const createGuardVerdicts =
  (db: Database['db']) =>
  /** @throws invalid_request */
  async ({ limit, cursor }: z.infer<typeof PageQuery>): Promise<Page<CaughtVerdict>> => {
    const [micros, id] = cursor === undefined ? [] : placeOfCursor(list, cursor, /^\d{1,17}\.[\w-]{1,40}$/).split('.')
    const after = micros === undefined ? sql`` : sql`where (micros, id) < (${micros}::bigint, ${id!})`
    const { rows } = await db.execute<Row>(sql`
      select * from (select *, (extract(epoch from at) * 1000000)::bigint as micros from (${caught}) c) d ${after}
      order by micros desc, id desc limit ${limit + 1}`)
    const shown = rows.slice(0, limit)
    const last = rows.length > limit ? shown.at(-1)! : null
    return { items: shown.map(toVerdict), nextCursor: last && cursorOf(list, `${last.micros}.${last.id}`) }
  }

const toVerdict = ({ id, micros, channel, action, score, said, tool, user_id: userId, conversation }: Row): CaughtVerdict => ({
  id,
  at: new Date(Math.floor(Number(micros) / 1000)).toISOString(),
  channel,
  action,
  score,
  family: familyOf(said),
  tool,
  userId,
  conversationId: conversation,
})

/** The refusal says what the message looked like: `blocked_by_guard.extraction`. */
export const familyOf = (said: string | null): GuardFamily | null => GuardFamily.safeParse(said?.split('.')[1]).data ?? null
