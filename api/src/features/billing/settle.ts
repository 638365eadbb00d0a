import { type SQL, sql } from 'drizzle-orm'
import type { Payer, Tokens } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'
import type { ChargeKind } from '#ports/database/tables.ts'

/** What one call of a model used. */
export type Charge = Tokens & { model: string; kind: ChargeKind; costMicroUsd: number }
/** A charge, and what was set aside for it. */
export type Booking = Charge & { reservationId: string; cycleStartsAt: Date }

/** Longer than any transaction that is about to settle, and than any call that belongs to no run. */
const orphanSecondsMin = 120
const orphansMax = 500

/**
 * The end of a statement that begins `with first as (…)`: if `first` has a row, books what was used and gives back what was set aside
 * for it and not used. Part of the statement that stores what is paid for, so that it happens with it or not at all.
 */
export const settlement = (payer: Payer, bookings: readonly Booking[]): SQL =>
  closing(sql`r.id in (select "reservationId" from bookings)`, payer, bookings)

/** The same for the end of a run: it also gives back all that the run still has set aside. */
export const lastSettlement = (payer: Payer & { runId: string }, bookings: readonly Booking[]): SQL =>
  closing(sql`r.run_id = ${payer.runId}`, payer, bookings)

export function createReleases({ db }: Pick<Database, 'db'>) {
  const release = async (isClosed: SQL) => void (await db.execute(sql`with first as (select 1), ${closing(isClosed, {}, [])}`))

  return {
    release: (reservationId: string) => release(sql`r.id = ${reservationId}`),

    /** Gives back what earlier attempts at a run had set aside when they broke off: nobody pays for what was lost. */
    releaseEarlier: (runId: string, attempt: number) => release(sql`r.run_id = ${runId} and r.attempt < ${attempt}`),

    /** Gives back what is still set aside for calls that nobody waits for: their process died before it could. */
    async releaseOrphans(): Promise<void> {
      const { rows } = await db.execute<{ id: string }>(sql`
        select r.id from reservations r
        where r.created_at < now() - make_interval(secs => ${orphanSecondsMin}) and not exists (
          select from runs where runs.id = r.run_id and runs.status in ('queued', 'running') and (runs.attempt = r.attempt or r.attempt = 0))
        limit ${orphansMax}`)
      // One by one: a statement that locks the counters of several people could meet its like in another process.
      for (const { id } of rows) await release(sql`r.id = ${id}`)
    },
  }
}

/** Locks the person's counters before the installation's, as a reservation does. */
function closing(isClosed: SQL, payer: Partial<Payer>, bookings: readonly Booking[]): SQL {
  const { userId = null, runId = null, messageId = null, conversationId = null } = payer
  return sql`
    bookings as (
      select * from jsonb_to_recordset(${JSON.stringify(bookings)}::jsonb) as b("reservationId" uuid, "cycleStartsAt" timestamptz,
        "kind" text, "model" text, "inputTokens" bigint, "outputTokens" bigint, "costMicroUsd" bigint)),
    closed as (delete from reservations r where ${isClosed} and exists (select from first) returning r.*),
    lines as (
      select coalesce(c.user_id, ${userId}::uuid) as user_id, coalesce(c.cycle_starts_at, b."cycleStartsAt") as cycle_starts_at,
        coalesce(c.id, b."reservationId") as reservation_id, coalesce(c.run_id, ${runId}::uuid) as run_id,
        coalesce(b."kind", c.kind) as kind, coalesce(b."model", c.model) as model, b."model" is not null as is_used,
        coalesce(c.tokens - c.output_tokens, 0) as input_set, coalesce(c.output_tokens, 0) as output_set, coalesce(c.cost_micro_usd, 0) as cost_set,
        coalesce(b."inputTokens", 0) as input_used, coalesce(b."outputTokens", 0) as output_used, coalesce(b."costMicroUsd", 0) as cost_used
      from closed c full join bookings b on b."reservationId" = c.id
      where exists (select from first)),
    sums as (
      select user_id, cycle_starts_at, sum(input_set + output_set) as tokens_set, sum(cost_set) as cost_set,
        sum(input_used + output_used) as tokens_used, sum(cost_used) as cost_used
      from lines group by user_id, cycle_starts_at),
    counted as (
      update budgets b set
        tokens_reserved = b.tokens_reserved - s.tokens_set, reserved_micro_usd = b.reserved_micro_usd - s.cost_set,
        tokens_used = b.tokens_used + s.tokens_used, cost_micro_usd = b.cost_micro_usd + s.cost_used
      from sums s where b.user_id = s.user_id and b.cycle_starts_at = s.cycle_starts_at
      returning s.*),
    counted_for_all as (
      update installation_budgets i set
        reserved_micro_usd = i.reserved_micro_usd - c.cost_set, cost_micro_usd = i.cost_micro_usd + c.cost_used
      from counted c where i.cycle_starts_at = c.cycle_starts_at),
    entered as (
      insert into ledger (user_id, cycle_starts_at, reservation_id, run_id, message_id, conversation_id, kind, model,
        entry, debit_account, credit_account, input_tokens, output_tokens, cost_micro_usd)
      select l.user_id, l.cycle_starts_at, l.reservation_id, l.run_id, ${messageId}::uuid, ${conversationId}::uuid, l.kind, l.model,
        e.entry, e.debit, e.credit, e.input, e.output, e.cost
      from lines l join counted using (user_id, cycle_starts_at)
      cross join lateral (values
        ('settlement', 'reserved', 'spent', least(input_used, input_set), least(output_used, output_set), least(l.cost_used, l.cost_set)),
        ('excess', 'available', 'spent', greatest(input_used - input_set, 0), greatest(output_used - output_set, 0), greatest(l.cost_used - l.cost_set, 0)),
        ('refund', 'reserved', 'available', greatest(input_set - input_used, 0), greatest(output_set - output_used, 0), greatest(l.cost_set - l.cost_used, 0))
      ) as e (entry, debit, credit, input, output, cost)
      where (e.entry = 'settlement' and is_used) or e.input + e.output + e.cost > 0)
    select from first`
}
