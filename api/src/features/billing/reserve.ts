import { type PlanId, planLimits } from '@jarvis/contracts/plans.ts'
import { sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import { billingCycle, type Payer } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'
import type { Charge } from './settle.ts'

/** The most that a call can use, and for whom. */
export type Claim = Charge & Payer
/** `left` counts nothing that is set aside; money is null where no ceiling holds, else the smaller of what two ceilings leave. */
export type Room = { plan: PlanId; tokensLeft: number; microUsdLeft: number | null; budgetLeft: number }
export type Reservation = { reservationId: string; cycleStartsAt: Date }
/** Why not, and what there would have been room for. */
export type Refusal = { room: Room; refusal: AppError }

type Sums = { plan: PlanId; disabled: boolean; max: string; used: string; set: string; own_ceiling: string | null; own_used: string; own_set: string }
type SharedSums = { all_ceiling: string | null; all_used: string | null; all_set: string | null }
type RoomRow = Sums & SharedSums

const tokensByPlan = JSON.stringify(Object.fromEntries(Object.entries(planLimits).map(([plan, { tokensPerCycle }]) => [plan, tokensPerCycle])))
const busySeconds = 10

/**
 * Sets tokens and money aside against the plan's tokens, the person's ceiling and the installation's, all three as they are at that moment.
 * One statement that locks the counters, decides and writes, so that no two calls can have the same tokens, on any number of processes.
 */
export function createReservations({ db }: Pick<Database, 'db'>) {
  /** The counters of a cycle begin with its first call. */
  async function open(userId: string, cycleStartsAt: Date): Promise<void> {
    await db.execute(sql`
      with own as (insert into budgets (user_id, cycle_starts_at) select id, ${cycleStartsAt} from users where id = ${userId} on conflict do nothing)
      insert into installation_budgets (cycle_starts_at) select ${cycleStartsAt} from installation where ceiling_micro_usd is not null on conflict do nothing`)
  }

  return {
    /** @throws unauthenticated when the person was erased or disabled, also in the middle of a run */
    async reserve(claim: Claim): Promise<Reservation | Refusal> {
      const cycle = billingCycle(new Date())
      const { userId, runId = null, messageId = null, conversationId = null, attempt = 0, kind, model } = claim
      const reservationId = newId()
      const statement = sql`
        with claim as (
          select ${userId}::uuid as user_id, ${cycle.startsAt}::timestamptz as cycle_starts_at, ${reservationId}::uuid as reservation_id,
            ${runId}::uuid as run_id, ${attempt}::int as attempt, ${messageId}::uuid as message_id, ${conversationId}::uuid as conversation_id,
            ${kind}::text as kind, ${model}::text as model, ${claim.inputTokens}::bigint as input_tokens,
            ${claim.outputTokens}::bigint as output_tokens, ${claim.costMicroUsd}::bigint as cost),
        own as (
          select u.plan, u.disabled_at is not null as disabled, (${tokensByPlan}::jsonb ->> u.plan)::bigint as max, b.tokens_used as used, b.tokens_reserved as set,
            u.ceiling_micro_usd as own_ceiling, b.cost_micro_usd as own_used, b.reserved_micro_usd as own_set
          from claim c join budgets b using (user_id, cycle_starts_at) join users u on u.id = b.user_id for update of b),
        shared as (
          select s.cost_micro_usd as all_used, s.reserved_micro_usd as all_set
          from claim c join installation_budgets s using (cycle_starts_at) where exists (select from own) for update of s),
        room as (
          select own.*, i.ceiling_micro_usd as all_ceiling, all_used, all_set
          from own left join installation i on true left join shared on true
          where i.ceiling_micro_usd is null or all_used is not null),
        fit as (
          select c.* from claim c cross join room
          where not disabled and used + set + input_tokens + output_tokens <= max and (own_ceiling is null or own_used + own_set + cost <= own_ceiling)
            and (all_ceiling is null or all_used + all_set + cost <= all_ceiling)),
        counted as (
          update budgets b set
            tokens_reserved = b.tokens_reserved + f.input_tokens + f.output_tokens, reserved_micro_usd = b.reserved_micro_usd + f.cost
          from fit f where b.user_id = f.user_id and b.cycle_starts_at = f.cycle_starts_at returning f.*),
        counted_for_all as (
          update installation_budgets s set reserved_micro_usd = s.reserved_micro_usd + c.cost
          from counted c where s.cycle_starts_at = c.cycle_starts_at),
        kept as (
          insert into reservations (id, run_id, attempt, user_id, cycle_starts_at, kind, model, tokens, output_tokens, cost_micro_usd)
          select reservation_id, run_id, attempt, user_id, cycle_starts_at, kind, model, input_tokens + output_tokens, output_tokens, cost from counted),
        entered as (
          insert into ledger (user_id, cycle_starts_at, reservation_id, run_id, message_id, conversation_id, kind, model,
            entry, debit_account, credit_account, input_tokens, output_tokens, cost_micro_usd)
          select user_id, cycle_starts_at, reservation_id, run_id, message_id, conversation_id, kind, model,
            'reservation', 'available', 'reserved', input_tokens, output_tokens, cost from counted)
        select room.*, exists (select from counted) as granted from room`
      let { rows } = await db.execute<RoomRow & { granted: boolean }>(statement)
      if (rows.length === 0) {
        await open(userId, cycle.startsAt)
        rows = (await db.execute<RoomRow & { granted: boolean }>(statement)).rows
      }
      const row = active(rows)
      if (row.granted) return { reservationId, cycleStartsAt: cycle.startsAt }
      return { room: toRoom(row), refusal: refusalOf(row, claim.inputTokens + claim.outputTokens, claim.costMicroUsd, cycle.endsAt) }
    },

    /** What is left, without a lock: for choosing a model, not for deciding. @throws budget_exhausted, ceiling_reached when nothing is, unauthenticated */
    async room(userId: string): Promise<Room> {
      const cycle = billingCycle(new Date())
      const { rows } = await db.execute<RoomRow>(sql`
        select u.plan, u.disabled_at is not null as disabled, (${tokensByPlan}::jsonb ->> u.plan)::bigint as max, coalesce(b.tokens_used, 0) as used, coalesce(b.tokens_reserved, 0) as set,
          u.ceiling_micro_usd as own_ceiling, coalesce(b.cost_micro_usd, 0) as own_used, coalesce(b.reserved_micro_usd, 0) as own_set,
          i.ceiling_micro_usd as all_ceiling, s.cost_micro_usd as all_used, s.reserved_micro_usd as all_set
        from users u
        left join budgets b on b.user_id = u.id and b.cycle_starts_at = ${cycle.startsAt}
        left join installation i on true
        left join installation_budgets s on s.cycle_starts_at = ${cycle.startsAt}
        where u.id = ${userId}`)
      const row = active(rows)
      const room = toRoom(row)
      if (room.tokensLeft <= 0) throw refusalOf(row, 1, 0, cycle.endsAt)
      return room
    },
  }
}

function active<Row extends Sums>([row]: Row[]): Row {
  if (!row) throw new AppError('unauthenticated', 'This account is gone. Sign in again.')
  if (row.disabled) throw new AppError('unauthenticated', 'This account is disabled. Ask an administrator to enable it.')
  return row
}

const number = (value: string | null) => (value === null ? null : Number(value))

function toRoom(row: RoomRow): Room {
  const [max, tokensLeft] = [Number(row.max), Number(row.max) - Number(row.used) - Number(row.set)]
  const ceilings = [
    { ceiling: number(row.own_ceiling), taken: Number(row.own_used) + Number(row.own_set) },
    { ceiling: number(row.all_ceiling), taken: Number(row.all_used) + Number(row.all_set) },
  ].flatMap(({ ceiling, taken }) =>
    ceiling === null ? [] : [{ left: Math.max(0, ceiling - taken), share: Math.max(0, 1 - taken / (ceiling || 1)) }],
  )
  return {
    plan: row.plan,
    tokensLeft: Math.max(0, tokensLeft),
    microUsdLeft: ceilings.length === 0 ? null : Math.min(...ceilings.map(({ left }) => left)),
    budgetLeft: Math.min(Math.max(0, tokensLeft) / max, ...ceilings.map(({ share }) => share)),
  }
}

/** Which of the three limits refuses, until when, and whether it is only for as long as other answers are at work. */
function refusalOf(row: RoomRow, tokens: number, costMicroUsd: number, resetsAt: Date): AppError {
  const limits = [
    { code: 'budget_exhausted', name: `token budget of the ${row.plan} plan`, max: number(row.max), used: row.used, set: row.set, asked: tokens },
    { code: 'ceiling_reached', name: 'spend ceiling', max: number(row.own_ceiling), used: row.own_used, set: row.own_set, asked: costMicroUsd },
    {
      code: 'ceiling_reached',
      name: 'spend ceiling of this installation',
      max: number(row.all_ceiling),
      used: row.all_used,
      set: row.all_set,
      asked: costMicroUsd,
    },
  ] as const
  const short = limits.filter(({ max, used, set, asked }) => max !== null && Number(used) + Number(set) + asked > max)
  const lasting = short.find(({ max, used, asked }) => Number(used) + asked > max!)
  const { code, name, max, used } = lasting ?? short[0] ?? limits[0]
  const day = resetsAt.toISOString().slice(0, 10)
  const resets = `It starts anew on ${day} (UTC)`
  if (!lasting)
    return new AppError(code, `Other answers have set aside what is left of this month’s ${name}. Try again in a moment. ${resets}.`, {
      retryAfterSeconds: busySeconds,
    })
  const state = Number(used) < max! ? 'is too nearly used up for this message' : 'is used up'
  const retryAfterSeconds = Math.ceil((resetsAt.getTime() - Date.now()) / 1000)
  return new AppError(code, `This month’s ${name} ${state}. ${resets}.`, { retryAfterSeconds })
}
