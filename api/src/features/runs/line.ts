import { and, count, eq, inArray, lt, sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { runs } from '#ports/database/tables.ts'
import type { RunRow } from './run.ts'

type Db = Database['db']

/** Runs in line, over all processes. */
export const waitingRuns = async (db: Db): Promise<number> => db.$count(runs, eq(runs.status, 'queued'))

/** From 1. */
export async function placeOf(db: Db, { position }: RunRow): Promise<number> {
  const [ahead] = await db
    .select({ count: count() })
    .from(runs)
    .where(and(eq(runs.status, 'queued'), lt(runs.position, position)))
  return (ahead?.count ?? 0) + 1
}

/**
 * Leases up to `runsMax` of the runs that nobody holds and that wait for no earlier one of their conversation. Turns go round: everybody's
 * first run comes before anybody's second, what is at work already counted in.
 */
export async function claim(db: Db, { owner, leaseSeconds, runsMax }: { owner: string; leaseSeconds: number; runsMax: number }): Promise<RunRow[]> {
  // One pass over the runs that have not ended, whatever the planner believes of the others.
  const next = sql`(
    with live as materialized (
      select id, user_id, position, status = 'queued' or lease_until <= now() as is_free,
        min(position) over (partition by conversation_id) = position as is_first,
        count(*) filter (where status = 'running') over (partition by user_id) as at_work
      from runs where status in ('queued', 'running')),
    next as (
      select id, position, at_work + row_number() over (partition by user_id order by position) as turn from live where is_free and is_first)
    select r.id from runs r join next on next.id = r.id
    where r.status = 'queued' or (r.status = 'running' and r.lease_until <= now())
    order by next.turn, next.position limit ${runsMax} for update of r skip locked)`
  return await db
    .update(runs)
    .set({ status: 'running', attempt: sql`${runs.attempt} + 1`, leaseOwner: owner, leaseUntil: sql`now() + make_interval(secs => ${leaseSeconds})` })
    .where(inArray(runs.id, next))
    .returning()
}
