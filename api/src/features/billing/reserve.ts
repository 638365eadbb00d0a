import type { PlanId } from '@jarvis/contracts/plans.ts'
import { sql } from 'drizzle-orm'
import type { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import { type Bill, billingCycle, type Payer } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'
import type { ScopeKind } from '#ports/database/tables.ts'
import { limitRefusals } from '#lib/meters.ts'
import { refusal } from '#lib/refusal.ts'
import type { Charge } from './charge.ts'
import { refusalOf } from './refusal.ts'
import { createPayers } from './payers.ts'
import { limits, lockOrder, type Scope, scopesOf } from './scopes.ts'

/** The most that a call can use, and for whom. */
export type Claim = { bill: Bill; most: Charge }
/** `left` counts nothing that is set aside; money is null where no ceiling holds, else the least of what the ceilings leave. */
export type Room = { tokensLeft: number; microUsdLeft: number | null; budgetLeft: number }
export type Reservation = { reservationId: string }
/** Why not, and what there would have been room for. */
export type Refusal = { room: Room; refusal: AppError }
/** Membership may end between the look at it and the statement that counts on it. */
const looksMax = 3

type Row = Record<'tokens_max' | 'used' | 'set' | 'ceiling' | 'cost' | 'cost_set', string | null> & {
  scope_id: string
  kind: ScopeKind
  plan: PlanId | null
  disabled: boolean
}

/**
 * Sets tokens and money aside in every scope that bounds the payer, against its limits as they are at that moment: one loop over rows, in one
 * statement that locks the counters, decides and writes, so that no two calls can have the same tokens, on any number of processes.
 */
export function createReservations({ db }: Pick<Database, 'db'>) {
  const payerNow = createPayers({ db })

  /** The counters of a cycle begin with its first call. */
  async function open(payer: Payer, cycleStartsAt: Date): Promise<void> {
    await db.execute(sql`
      insert into budgets (user_id, cycle_starts_at, kind) select scope_id, ${cycleStartsAt}, kind from (${limits(payer)}) as limits
      on conflict do nothing`)
  }

  async function tryToReserve({ bill, most }: Claim): Promise<Reservation | Refusal | 'stale'> {
    const cycle = billingCycle(new Date())
    const { payer, actorId, runId = null, messageId = null, conversationId = null, attempt = 0 } = bill
    const reservationId = newId()
    // The counters of somebody who pays for themself are gone once they are erased; others' are not, so the actor is held until this is written.
    const others = { actor: actorId === payer.id ? null : actorId, scopes: payer.scopes ? scopesOf(payer) : null }
    // Of an organisation every budget that is named must be there: without its row it would be bounded by nothing.
    const isShort =
      payer.kind === 'person' ? sql`false` : sql`exists (select from unnest(c.scopes) as named (id) where id not in (select scope_id from limits))`
    const statement = sql`
        with claim as (
          select ${payer.id}::uuid as user_id, ${others.actor}::uuid as actor_id, ${others.scopes}::uuid[] as scopes,
            ${cycle.startsAt}::timestamptz as cycle_starts_at, ${reservationId}::uuid as reservation_id,
            ${runId}::uuid as run_id, ${attempt}::int as attempt, ${messageId}::uuid as message_id, ${conversationId}::uuid as conversation_id,
            ${most.kind}::text as kind, ${most.model}::text as model, ${most.inputTokens}::bigint as input_tokens,
            ${most.outputTokens}::bigint as output_tokens, ${most.costMicroUsd}::bigint as cost),
        limits as (${limits(payer)}),
        scopes as (
          select l.*, b.tokens_used as used, b.tokens_reserved as set, b.cost_micro_usd as cost, b.reserved_micro_usd as cost_set
          from limits l join budgets b on b.user_id = l.scope_id join claim c using (cycle_starts_at)
          order by ${lockOrder} for update of b),
        held as (select from users where id = ${others.actor}::uuid for key share),
        actor as (
          select disabled_at is not null as disabled from users
          where id = ${actorId} and (${others.actor}::uuid is null or exists (select from held))),
        fit as (
          select c.* from claim c cross join actor
          where not disabled and (select count(*) from scopes) = (select count(*) from limits)
            and not (${isShort}) and not exists (
            select from scopes s where s.used + s.set + c.input_tokens + c.output_tokens > s.tokens_max or s.cost + s.cost_set + c.cost > s.ceiling)),
        counted as (
          update budgets b set
            tokens_reserved = b.tokens_reserved + case b.kind when 'installation' then 0 else f.input_tokens + f.output_tokens end,
            reserved_micro_usd = b.reserved_micro_usd + f.cost
          from fit f cross join scopes s where b.user_id = s.scope_id and b.cycle_starts_at = f.cycle_starts_at),
        kept as (
          insert into reservations (id, run_id, attempt, user_id, actor_id, scopes, cycle_starts_at, kind, model, tokens, output_tokens, cost_micro_usd, is_sent)
          select reservation_id, run_id, attempt, user_id, actor_id, scopes, cycle_starts_at, kind, model, input_tokens + output_tokens, output_tokens, cost, true
          from fit),
        entered as (
          insert into ledger (user_id, actor_id, scopes, cycle_starts_at, reservation_id, run_id, message_id, conversation_id, kind, model,
            entry, debit_account, credit_account, input_tokens, output_tokens, cost_micro_usd)
          select user_id, actor_id, scopes, cycle_starts_at, reservation_id, run_id, message_id, conversation_id, kind, model,
            'reservation', 'available', 'reserved', input_tokens, output_tokens, cost from fit)
        select l.scope_id, l.kind, l.plan, l.tokens_max, l.ceiling, s.used, s.set, s.cost, s.cost_set, disabled, exists (select from fit) as granted
        from actor cross join limits l left join scopes s using (scope_id)`
    let { rows } = await db.execute<Row & { granted: boolean }>(statement)
    if (rows.some(({ used }) => used === null)) {
      await open(payer, cycle.startsAt)
      rows = (await db.execute<Row & { granted: boolean }>(statement)).rows
    }
    if (payer.kind === 'organisation' && payer.scopes?.some((id) => !rows.some((row) => row.scope_id === id))) return 'stale'
    const scopes = scopesIn(rows)
    if (rows[0]!.granted) return { reservationId }
    return { room: roomIn(scopes), refusal: refusalOf(scopes, most.inputTokens + most.outputTokens, most.costMicroUsd, cycle.endsAt) }
  }

  return {
    /** @throws unauthenticated when the person who acts was erased or disabled, also in the middle of a run */
    async reserve(claim: Claim): Promise<Reservation | Refusal> {
      for (let looks = 1; looks <= looksMax; looks++) {
        const payer = await payerNow(claim.bill.payer)
        const answer = await tryToReserve({ ...claim, bill: { ...claim.bill, payer } })
        if (answer !== 'stale') return answer
      }
      throw refusal('unauthenticated.not_active')
    },

    /** What is left, without a lock: for choosing a model, not for deciding. @throws budget_exhausted, ceiling_reached when nothing is, unauthenticated */
    async room({ payer: given, actorId }: Pick<Bill, 'payer' | 'actorId'>): Promise<Room> {
      const payer = await payerNow(given)
      const cycle = billingCycle(new Date())
      const { rows } = await db.execute<Row>(sql`
        select l.scope_id, l.kind, l.plan, l.tokens_max, l.ceiling, b.tokens_used as used, b.tokens_reserved as set, b.cost_micro_usd as cost,
          b.reserved_micro_usd as cost_set, u.disabled_at is not null as disabled
        from users u cross join (${limits(payer)}) as l left join budgets b on b.user_id = l.scope_id and b.cycle_starts_at = ${cycle.startsAt}
        where u.id = ${actorId}`)
      const scopes = scopesIn(rows)
      const room = roomIn(scopes)
      if (room.tokensLeft <= 0) {
        limitRefusals.inc({ limit: 'budget_exhausted' })
        throw refusalOf(scopes, 1, 0, cycle.endsAt)
      }
      return room
    },
  }
}

const number = (value: string | null) => (value === null ? null : Number(value))

function scopesIn(rows: Row[]): Scope[] {
  if (!rows[0]) throw refusal('unauthenticated.account_gone')
  if (rows[0].disabled) throw refusal('unauthenticated.account_disabled')
  return rows.map(({ kind, plan, tokens_max, used, set, ceiling, cost, cost_set }) => ({
    kind,
    plan,
    tokensMax: number(tokens_max),
    tokensUsed: Number(used),
    tokensSet: Number(set),
    ceilingMicroUsd: number(ceiling),
    microUsdUsed: Number(cost),
    microUsdSet: Number(cost_set),
  }))
}

/** The least that any scope leaves. */
function roomIn(scopes: Scope[]): Room {
  const bounds = scopes.flatMap(({ tokensMax, tokensUsed, tokensSet, ceilingMicroUsd, microUsdUsed, microUsdSet }) => [
    { of: 'tokens', max: tokensMax, left: (tokensMax ?? 0) - tokensUsed - tokensSet },
    { of: 'money', max: ceilingMicroUsd, left: (ceilingMicroUsd ?? 0) - microUsdUsed - microUsdSet },
  ])
  const least = (kind: string) => Math.max(0, Math.min(...bounds.filter(({ of, max }) => of === kind && max !== null).map(({ left }) => left)))
  const [tokensLeft, microUsdLeft] = [least('tokens'), least('money')]
  return {
    tokensLeft,
    microUsdLeft: microUsdLeft === Infinity ? null : microUsdLeft,
    budgetLeft: Math.max(0, Math.min(1, ...bounds.flatMap(({ max, left }) => (max === null ? [] : [left / (max || 1)])))),
  }
}
