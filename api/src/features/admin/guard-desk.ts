import type { GuardFamily, GuardReport, TriedGuard, TryGuardBody } from '@jarvis/contracts/guard.ts'
import { sql } from 'drizzle-orm'
import type { GuardSettings } from '#features/guard/index.ts'
import type { RecordAlone } from '#lib/audit-event.ts'
import type { By } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'
import type { Limits } from '#ports/limits/index.ts'
import { ask } from '#ports/limits/rate-limit.ts'
import { caught, createGuardVerdicts, familyOf } from './guard-verdicts.ts'

export type GuardDeskDeps = Pick<Database, 'db'> & {
  limits: Pick<Limits, 'admit'>
  record: RecordAlone
  guard: Pick<GuardSettings, 'shown' | 'update' | 'explain'>
}

const triesPerMinute = 30
type Counted = { day: string; kind: 'messagesBlocked' | 'resultsCleaned' | 'resultsWithheld'; said: string | null; count: number }

/** What the guard caught, counted from what runs and the audit say anyway, and a text tried on it. No words of anybody are read or kept. */
export function createGuardDesk({ db, limits, record, guard }: GuardDeskDeps) {
  return {
    async guardReport(): Promise<GuardReport> {
      const [settings, { rows }] = await Promise.all([
        guard.shown(),
        db.execute<Counted>(sql`
          select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day,
            case when channel = 'user' then 'messagesBlocked' when action = 'block' then 'resultsWithheld' else 'resultsCleaned' end as kind,
            said, count(*)::int as count from (${caught}) c group by 1, 2, 3`),
      ])
      return { ...settings, ...reportOf(rows) }
    },

    guardVerdicts: createGuardVerdicts(db),
    updateGuard: guard.update,

    /** @throws rate_limited */
    async tryGuard({ caller, origin: { address, requestId } }: By, { text, channel }: TryGuardBody): Promise<TriedGuard> {
      const asked = await ask(limits, [{ name: 'guard-try', key: `guard-try:${caller.userId}`, requestsMax: triesPerMinute, windowSeconds: 60 }])
      if (asked.refusal) throw asked.refusal
      const tried = guard.explain(text, channel)
      const details = { channel, action: tried.action, characters: text.length }
      await record({ action: 'guard.tried', actorId: caller.userId, details, address, requestId })
      return tried
    },
  }
}

function reportOf(rows: readonly Counted[]): Pick<GuardReport, 'days' | 'families'> {
  const days = new Map<string, GuardReport['days'][number]>()
  const families = new Map<GuardFamily | null, number>()
  for (const { day, kind, said, count } of rows) {
    const counts = days.get(day) ?? { day, messagesBlocked: 0, resultsCleaned: 0, resultsWithheld: 0 }
    counts[kind] += count
    days.set(day, counts)
    if (kind !== 'messagesBlocked') continue
    const family = familyOf(said)
    families.set(family, (families.get(family) ?? 0) + count)
  }
  return {
    days: [...days.values()].toSorted((a, b) => b.day.localeCompare(a.day)),
    families: [...families].map(([family, count]) => ({ family, count })).toSorted((a, b) => b.count - a.count),
  }
}
