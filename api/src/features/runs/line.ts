import { and, count, eq, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { runs } from '#ports/database/tables.ts'
import type { RunRow } from './run.ts'

type Db = Database['db']

/** A dead process's runs are taken over within a lease and a look at the line: under 10 s. */
export const leaseMs = 8000
const leaseEnd = sql`now() + make_interval(secs => ${leaseMs / 1000})`

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

export type Claim = {
  /** The name of this process's connections to the database. */
  owner: string
  runsMax: number
  /** How many of them may be runs that were at work when a process hung: one of those may have been the reason. */
  suspectsMax: number
  /** Whether leases that nobody gave back and that ran out are taken as well. */
  takeOver: boolean
}

/**
 * Leases up to `runsMax` of the runs that nobody holds and that wait for no earlier one of their conversation. Turns go round: everybody's
 * first run comes before anybody's second, what is at work already counted in. A lease that ran out is counted: as a hang where its process is
 * still connected to the database, else as the loss of its process.
 */
export async function claim(db: Db, { owner, runsMax, suspectsMax, takeOver }: Claim): Promise<RunRow[]> {
  const isFree = sql`(status = 'queued' or (lease_until <= now() and (lease_owner is null or ${takeOver})))`
  // One pass over the runs that have not ended, whatever the planner believes of the others.
  const next = sql`(
    with live as materialized (
      select id, user_id, position, hangs, ${isFree} as is_free,
        min(position) over (partition by conversation_id) = position as is_first,
        count(*) filter (where status = 'running') over (partition by user_id) as at_work
      from runs where status in ('queued', 'running')),
    next as (
      select id, position, at_work + row_number() over (partition by user_id order by position) as turn,
        hangs = 0 or row_number() over (partition by hangs > 0 order by position) <= ${suspectsMax} as is_allowed
      from live where is_free and is_first)
    select r.id from runs r join next on next.id = r.id
    where is_allowed and r.status in ('queued', 'running') and ${isFree}
    order by next.turn, next.position limit ${runsMax} for update of r skip locked)`
  const ranOut = sql`${runs.status} = 'running' and ${runs.leaseOwner} is not null`
  const livesOn = sql`exists (select from pg_stat_activity where application_name = 'jarvis ' || ${runs.leaseOwner})`
  return await db
    .update(runs)
    .set({
      status: 'running',
      attempt: sql`${runs.attempt} + 1`,
      hangs: sql`case when ${ranOut} and ${livesOn} then ${runs.hangs} + 1 else ${runs.hangs} end`,
      losses: sql`case when ${ranOut} and not ${livesOn} then ${runs.losses} + 1 else ${runs.losses} end`,
      leaseOwner: owner,
      leaseUntil: leaseEnd,
    })
    .where(inArray(runs.id, next))
    .returning()
}

/** Takes runs out of the line to end them as stopped. */
export async function claimStopped(db: Db, owner: string, which: SQL): Promise<RunRow[]> {
  return await db
    .update(runs)
    .set({ status: 'running', attempt: sql`${runs.attempt} + 1`, leaseOwner: owner, leaseUntil: leaseEnd, cancelRequestedAt: sql`now()` })
    .where(and(which, eq(runs.status, 'queued')))
    .returning()
}

/** Takes over runs that have ended and whose log has no end yet. */
export async function claimUnended(db: Db, owner: string, runsMax: number): Promise<RunRow[]> {
  const unended = sql`(
    select id from runs where lease_until <= now() and finished_at is not null limit ${runsMax} for update skip locked)`
  return await db
    .update(runs)
    .set({ attempt: sql`${runs.attempt} + 1`, leaseOwner: owner, leaseUntil: leaseEnd })
    .where(inArray(runs.id, unended))
    .returning()
}

/** What each statement about leases names: a run is no more than its newest attempt. */
export type AttemptId = { id: string; attempt: number }
/** Locked in one order, so that two statements about the same runs cannot wait for each other. */
const given = (attempts: AttemptId[], further: SQL = sql``) => sql`(
  select g.* from jsonb_to_recordset(${JSON.stringify(attempts)}::jsonb) as g(id uuid, attempt int ${further})
  join runs r on r.id = g.id and r.attempt = g.attempt order by r.id for update of r) g
  where runs.id = g.id and runs.attempt = g.attempt`

/** Renews leases, and returns those that these attempts still have. */
export async function renew(db: Db, attempts: AttemptId[]): Promise<(AttemptId & { is_stopped: boolean })[]> {
  const { rows } = await db.execute<AttemptId & { is_stopped: boolean }>(sql`
    update runs set lease_until = ${leaseEnd} from ${given(attempts.map(({ id, attempt }) => ({ id, attempt })))} and lease_owner is not null
    returning runs.id, runs.attempt, cancel_requested_at is not null as is_stopped`)
  return rows
}

/** `hangs` and `breaks` are added to the run's; nobody has it for `pauseMs`. */
export type GivenBack = AttemptId & { hangs: number; breaks: number; pauseMs: number }

/** Lets another attempt have these runs. */
export async function giveBack(db: Db, back: GivenBack[]): Promise<void> {
  await db.execute(sql`
    update runs set lease_owner = null, lease_until = now() + g."pauseMs" * interval '1 ms', hangs = runs.hangs + g.hangs, breaks = runs.breaks + g.breaks
    from ${given(back, sql`, hangs int, breaks int, "pauseMs" int`)} and lease_until is not null`)
}

export type EndedRun = AttemptId & { lastSeq: number }

/** Ends the leases of runs whose log has its end too. */
export async function endLeases(db: Db, ended: EndedRun[]): Promise<void> {
  await db.execute(sql`
    update runs set lease_owner = null, lease_until = null, last_seq = g."lastSeq"
    from ${given(ended, sql`, "lastSeq" bigint`)} and finished_at is not null`)
}
