import { type SQL, sql } from 'drizzle-orm'
import { type Bill, type Price, tokensOfBound } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'
import { type ChargeKind, installationScope } from '#ports/database/tables.ts'
import { charge, type Charge } from './charge.ts'
import { lockOrder } from './scopes.ts'

/** How what was set aside for a call ends: with a charge, or, null, given back whole. */
export type Booking = { reservationId: string; charge: Charge | null }

/** Longer than any transaction that is about to settle, and than a call that belongs to no run goes without being renewed. */
const orphanSecondsMin = 120
const orphansMax = 500

type Lost = { id: string; kind: ChargeKind; model: string; input_max: string; output_max: string; is_sent: boolean }

/**
 * The end of a statement that begins `with first as (…)`: if `first` has a row, books what was used and gives back what was set aside
 * for it and not used. Part of the statement that stores what is paid for, so that it happens with it or not at all. What somebody else has
 * ended meanwhile stays as it is. Locks counters in the order of a reservation.
 */
export function settlement(bill: Pick<Bill, 'messageId' | 'conversationId'>, bookings: readonly Booking[]): SQL {
  const [messageId, conversationId] = [bill.messageId ?? null, bill.conversationId ?? null]
  const rows = bookings.map(({ reservationId, charge }) => ({ reservationId, ...charge }))
  return sql`
    bookings as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as b("reservationId" uuid, "kind" text, "model" text,
        "inputTokens" bigint, "outputTokens" bigint, "costMicroUsd" bigint, "isEstimate" boolean)),
    closed as (delete from reservations r using bookings b where r.id = b."reservationId" and exists (select from first) returning r.*),
    lines as (
      select c.*, coalesce(b."kind", c.kind) as used_kind, coalesce(b."model", c.model) as used_model, b."model" is not null as is_used,
        case when b."isEstimate" then 'estimate' else 'settlement' end as used_entry,
        c.tokens - c.output_tokens as input_set, c.output_tokens as output_set, c.cost_micro_usd as cost_set,
        coalesce(b."inputTokens", 0) as input_used, coalesce(b."outputTokens", 0) as output_used, coalesce(b."costMicroUsd", 0) as cost_used
      from closed c join bookings b on b."reservationId" = c.id),
    sums as (
      select scope_id, cycle_starts_at, sum(input_set + output_set) as tokens_set, sum(cost_set) as cost_set,
        sum(input_used + output_used) as tokens_used, sum(cost_used) as cost_used
      from lines cross join lateral unnest(coalesce(scopes, array[user_id]) || ${installationScope}::uuid) as scope_id
      group by scope_id, cycle_starts_at),
    scopes as (
      select s.*, case b.kind when 'installation' then 0 else 1 end as counts_tokens
      from sums s join budgets b on b.user_id = s.scope_id and b.cycle_starts_at = s.cycle_starts_at
      order by ${lockOrder} for update of b),
    counted as (
      update budgets b set
        tokens_reserved = b.tokens_reserved - s.tokens_set * counts_tokens, reserved_micro_usd = b.reserved_micro_usd - s.cost_set,
        tokens_used = b.tokens_used + s.tokens_used * counts_tokens, cost_micro_usd = b.cost_micro_usd + s.cost_used
      from scopes s where b.user_id = s.scope_id and b.cycle_starts_at = s.cycle_starts_at),
    entered as (
      insert into ledger (user_id, actor_id, scopes, cycle_starts_at, reservation_id, run_id, message_id, conversation_id, kind, model,
        entry, debit_account, credit_account, input_tokens, output_tokens, cost_micro_usd)
      select l.user_id, l.actor_id, l.scopes, l.cycle_starts_at, l.id, l.run_id, ${messageId}::uuid, ${conversationId}::uuid, l.used_kind, l.used_model,
        e.entry, e.debit, e.credit, e.input, e.output, e.cost
      from lines l cross join lateral (values
        (used_entry, 'reserved', 'spent', least(input_used, input_set), least(output_used, output_set), least(cost_used, cost_set)),
        ('excess', 'available', 'spent', greatest(input_used - input_set, 0), greatest(output_used - output_set, 0), greatest(cost_used - cost_set, 0)),
        ('refund', 'reserved', 'available', greatest(input_set - input_used, 0), greatest(output_set - output_used, 0), greatest(cost_set - cost_used, 0))
      ) as e (entry, debit, credit, input, output, cost)
      where (e.debit = 'reserved' and e.credit = 'spent' and is_used) or e.input + e.output + e.cost > 0)
    select from first`
}

/** Ends what nobody holds any more. A call that was sent is booked as an estimate: the provider bills it, whatever became of us. */
export function createLostCalls({ db, modelOf }: Pick<Database, 'db'> & { modelOf(id: string): Price }) {
  const settle = async (bookings: readonly Booking[], bill: Pick<Bill, 'messageId' | 'conversationId'> = {}) =>
    void (await db.execute(sql`with first as (select 1), ${settlement(bill, bookings)}`))

  const booked = ({ id, kind, model, input_max, output_max, is_sent }: Lost, streamedTokens: number): Booking => {
    const tokens = { inputTokens: tokensOfBound(Number(input_max)), outputTokens: Math.min(streamedTokens, Number(output_max)) }
    return { reservationId: id, charge: is_sent ? { ...charge(kind, model, tokens, modelOf(model)), isEstimate: true } : null }
  }

  const columns = sql`r.id, r.kind, r.model, r.tokens - r.output_tokens as input_max, r.output_tokens as output_max, r.is_sent`

  return {
    settle,

    async renew(reservationId: string): Promise<void> {
      await db.execute(sql`update reservations set created_at = now() where id = ${reservationId}`)
    },

    /** What earlier attempts at a run had under way when they broke off; `streamedTokens` is what is known of the answer that was lost. */
    async settleEarlier(bill: Bill & { runId: string; attempt: number }, streamedTokens = 0): Promise<void> {
      const { rows } = await db.execute<Lost>(
        sql`select ${columns} from reservations r where r.run_id = ${bill.runId} and r.attempt < ${bill.attempt}`,
      )
      if (rows.length > 0)
        await settle(
          rows.map((row) => booked(row, streamedTokens)),
          bill,
        )
    },

    /** Calls that nobody waits for: their process died before it could end them. */
    async settleOrphans(): Promise<void> {
      const { rows } = await db.execute<Lost>(sql`
        select ${columns} from reservations r
        where r.created_at < now() - make_interval(secs => ${orphanSecondsMin}) and not exists (
          select from runs where runs.id = r.run_id and runs.status in ('queued', 'running') and (runs.attempt = r.attempt or r.attempt = 0))
        limit ${orphansMax}`)
      // One by one: each holds the counters of one payer, and for a moment.
      for (const row of rows) await settle([booked(row, 0)])
    },
  }
}
