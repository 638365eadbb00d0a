import { type GuardChannel, GuardFamily, type GuardReport, type TriedGuard, type TryGuardBody } from '@jarvis/contracts/guard.ts'
import { sql } from 'drizzle-orm'
import type { RecordAlone } from '#lib/audit-event.ts'
import type { By } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'
import { audit, auditOutbox, messages, runs } from '#ports/database/tables.ts'
import type { Limits } from '#ports/limits/index.ts'
import { ask } from '#ports/limits/rate-limit.ts'

export type GuardDeskDeps = Pick<Database, 'db'> & {
  limits: Pick<Limits, 'admit'>
  record: RecordAlone
  explain(text: string, channel: GuardChannel): TriedGuard
}

const triesPerMinute = 30
type Caught = { day: string; kind: 'messagesBlocked' | 'resultsCleaned' | 'resultsWithheld'; said: string | null; count: number }

/** What the guard caught, counted from what runs and the audit say anyway, and a text tried on it. No words of anybody are read or kept. */
export function createGuardDesk({ db, limits, record, explain }: GuardDeskDeps) {
  return {
    async guardReport(): Promise<GuardReport> {
      const called = (table: typeof audit | typeof auditOutbox) =>
        sql`select at, details->>'guard' as guard from ${table} where action = 'tool.called' and at > now() - interval '30 days' and details ? 'guard'`
      const { rows } = await db.execute<Caught>(sql`
        with caught as (
          select r.created_at as at, 'messagesBlocked' as kind, m.error->'params'->>'sentence' as said
          from ${runs} r join ${messages} m on m.id = r.assistant_message_id
          where r.status = 'failed' and r.error_code = 'blocked_by_guard' and r.created_at > now() - interval '30 days'
          union all
          select at, case guard when 'block' then 'resultsWithheld' else 'resultsCleaned' end, null from (${called(audit)} union all ${called(auditOutbox)}) c)
        select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, kind, said, count(*)::int as count from caught group by 1, 2, 3`)
      return reportOf(rows)
    },

    /** @throws rate_limited */
    async tryGuard({ caller, origin: { address, requestId } }: By, { text, channel }: TryGuardBody): Promise<TriedGuard> {
      const asked = await ask(limits, [{ name: 'guard-try', key: `guard-try:${caller.userId}`, requestsMax: triesPerMinute, windowSeconds: 60 }])
      if (asked.refusal) throw asked.refusal
      const tried = explain(text, channel)
      const details = { channel, action: tried.action, characters: text.length }
      await record({ action: 'guard.tried', actorId: caller.userId, details, address, requestId })
      return tried
    },
  }
}

function reportOf(rows: readonly Caught[]): GuardReport {
  const days = new Map<string, GuardReport['days'][number]>()
  const families = new Map<GuardFamily | null, number>()
  for (const { day, kind, said, count } of rows) {
    const counts = days.get(day) ?? { day, messagesBlocked: 0, resultsCleaned: 0, resultsWithheld: 0 }
    counts[kind] += count
    days.set(day, counts)
    if (kind !== 'messagesBlocked') continue
    // The refusal says what the message looked like: `blocked_by_guard.extraction`.
    const family = GuardFamily.safeParse(said?.split('.')[1]).data ?? null
    families.set(family, (families.get(family) ?? 0) + count)
  }
  return {
    days: [...days.values()].toSorted((a, b) => b.day.localeCompare(a.day)),
    families: [...families].map(([family, count]) => ({ family, count })).toSorted((a, b) => b.count - a.count),
  }
}
