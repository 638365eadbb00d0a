import { sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'

type LedgerVerdict = {
  entries: number
  transactions: number
  openReservations: number
  /** The balance of each account, over everybody; together they are 0. */
  balances: { account: string; tokens: number; microUsd: number }[]
  /** One line for each place where two figures that must be equal are not. */
  differences: string[]
}

type Difference = { place: string; ledger: string; counted: string }
const differencesMax = 100

export function createVerification({ db }: Pick<Database, 'db'>) {
  return {
    /**
     * Proves from one snapshot that the ledger balances: what each transaction set aside has gone on or is still open, and the counters that
     * decide, of every scope, are the sums that it gives.
     */
    async verifyLedger(): Promise<LedgerVerdict> {
      return await db.transaction(
        async (tx) => {
          const { rows: totals } = await tx.execute<Record<string, string>>(sql`
            select count(*) as entries, count(distinct reservation_id) as transactions, (select count(*) from reservations) as open from ledger`)
          const { rows: balances } = await tx.execute<{ account: string; tokens: string; micro_usd: string }>(sql`
            select account, coalesce(sum(tokens), 0) as tokens, coalesce(sum(micro_usd), 0) as micro_usd
            from (values ('available'), ('reserved'), ('spent')) as known (account) left join (${legs}) as legs using (account)
            group by account order by account`)
          const { rows: differences } = await tx.execute<Difference>(
            sql`${transactions} union all ${endings} union all ${counters} limit ${differencesMax}`,
          )
          const [sums] = totals
          return {
            entries: Number(sums!.entries),
            transactions: Number(sums!.transactions),
            openReservations: Number(sums!.open),
            balances: balances.map(({ account, tokens, micro_usd }) => ({ account, tokens: Number(tokens), microUsd: Number(micro_usd) })),
            differences: differences.map(({ place, ledger, counted }) => `${place}: the ledger says ${ledger}, it is ${counted}`),
          }
        },
        { isolationLevel: 'repeatable read', accessMode: 'read only' },
      )
    },
  }
}

/** Each row's two legs, which sum to 0. */
const legs = sql`
  select user_id, scopes, cycle_starts_at, reservation_id, leg.account, leg.sign * (input_tokens + output_tokens) as tokens, leg.sign * cost_micro_usd as micro_usd
  from ledger cross join lateral (values (debit_account, -1), (credit_account, 1)) as leg (account, sign)`

/** What a transaction holds in `reserved` is its open reservation, else nothing. */
const transactions = sql`
  select 'reservation ' || coalesce(l.id, r.id) as place, coalesce(l.tokens, 0) || ' tokens, ' || coalesce(l.cost, 0) || ' micro-dollars set aside' as ledger,
    coalesce(r.tokens, 0) || ' tokens, ' || coalesce(r.cost_micro_usd, 0) || ' micro-dollars' as counted
  from (select reservation_id as id, sum(tokens) as tokens, sum(micro_usd) as cost from (${legs}) as legs where account = 'reserved' group by reservation_id) l
  full join reservations r on r.id = l.id
  where (coalesce(l.tokens, 0), coalesce(l.cost, 0)) <> (coalesce(r.tokens, 0), coalesce(r.cost_micro_usd, 0))`

/** A transaction is spent once: by what a provider counted, or by an estimate, never both. */
const endings = sql`
  select 'reservation ' || reservation_id, 'one end', string_agg(entry, ' and ' order by id)
  from ledger where reservation_id is not null and entry in ('settlement', 'estimate') group by reservation_id having count(*) > 1`

/** In each budget that a row counts in. The installation's counts money alone, and is there only while it has a ceiling. */
const counters = sql`
  select coalesce(b.kind, 'person') || case b.kind when 'installation' then '' else ' ' || coalesce(l.scope_id, b.user_id) end || ': budget of '
      || to_char(coalesce(l.cycle_starts_at, b.cycle_starts_at) at time zone 'UTC', 'YYYY-MM') as place,
    concat_ws(' ', 'used', coalesce(used, 0), 'reserved', coalesce(reserved, 0), 'cost', coalesce(cost, 0), 'cost reserved', coalesce(cost_reserved, 0)) as ledger,
    concat_ws(' ', 'used', coalesce(b.tokens_used, 0), 'reserved', coalesce(b.tokens_reserved, 0), 'cost', coalesce(b.cost_micro_usd, 0),
      'cost reserved', coalesce(b.reserved_micro_usd, 0)) as counted
  from (
    select scope_id, cycle_starts_at, sum(counted) filter (where account = 'spent') as used, sum(micro_usd) filter (where account = 'spent') as cost,
      sum(counted) filter (where account = 'reserved') as reserved, sum(micro_usd) filter (where account = 'reserved') as cost_reserved
    from (
      select scope_id, legs.cycle_starts_at, account, micro_usd, tokens as counted
      from (${legs}) as legs cross join lateral unnest(coalesce(scopes, array[user_id])) as scope_id
      union all
      select i.user_id, legs.cycle_starts_at, account, micro_usd, 0 from (${legs}) as legs join budgets i on i.kind = 'installation' and i.cycle_starts_at = legs.cycle_starts_at
    ) as counts group by scope_id, cycle_starts_at) l
  full join budgets b on b.user_id = l.scope_id and b.cycle_starts_at = l.cycle_starts_at
  where (coalesce(used, 0), coalesce(reserved, 0), coalesce(cost, 0), coalesce(cost_reserved, 0))
    <> (coalesce(b.tokens_used, 0), coalesce(b.tokens_reserved, 0), coalesce(b.cost_micro_usd, 0), coalesce(b.reserved_micro_usd, 0))`
