import { randomUUID } from 'node:crypto'
import { planLimits } from '@jarvis/contracts/plans.ts'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { setUserCeiling } from '#features/accounts/index.ts'
import { createBilling, type PaidCall, type Spending } from '#features/billing/index.ts'
import { AppError } from '#lib/app-error.ts'
import { createLog } from '#lib/log.ts'
import { type Bill, billOf, billingCycle, type Payer } from '#lib/money.ts'
import { type Database, openDatabase } from '#ports/database/index.ts'
import { copyDatabase } from './test-app.ts'

const price = { inputMicroUsdPerMillion: 1_000_000, outputMicroUsdPerMillion: 2_000_000, outputTokensMax: 1000 }
const costOf = (input: number, output: number) => input + 2 * output
const stack = new AsyncDisposableStack()
let database: Database
let billing: ReturnType<typeof createBilling>

beforeAll(async () => {
  database = stack.use(await openDatabase({ url: await copyDatabase(stack), dataDir: '' }))
  billing = createBilling({ db: database.db, modelOf: () => price, log: createLog('silent') })
})
afterAll(() => stack.disposeAsync())

/** The books as somebody would keep them who does one thing after the other: what each scope has used and set aside in each cycle. */
type Counter = { tokensUsed: number; tokensSet: number; costUsed: number; costSet: number }
type Call = { who: number; cycle: number; input: number; output: number; state: 'open' | 'lost' | 'ended' }
type Books = {
  counters: Map<string, Counter>
  ceilings: (number | null)[]
  shared: number | null
  isErased: boolean[]
  calls: Call[]
  month: number
}
type Real = { payers: Payer[]; actors: string[]; bills: (Bill & { runId: string })[]; spendings: Spending[]; paid: PaidCall[]; sharedBase: number }
type Command = fc.AsyncCommand<Books, Real>

const firstMonth = Date.UTC(2031, 0, 15)
const monthOf = (month: number) => new Date(Date.UTC(2031, month, 15))
/** Of Ada, who pays for herself, and of an organisation that pays for its member Bob. */
const scopesOf = [['ada'], ['bob in acme', 'acme']]
const plans = [planLimits.free.tokensPerCycle, Infinity]

const counter = (books: Books, scope: string, cycle: number): Counter => {
  const key = `${scope} ${cycle}`
  const found = books.counters.get(key) ?? { tokensUsed: 0, tokensSet: 0, costUsed: 0, costSet: 0 }
  books.counters.set(key, found)
  return found
}

function move(books: Books, { who, cycle, input, output }: Call, sign: 1 | -1, used?: { input: number; output: number }): void {
  for (const scope of [...scopesOf[who]!, 'all']) {
    const its = counter(books, scope, cycle)
    its.tokensSet += sign * (input + output)
    its.costSet += sign * costOf(input, output)
    its.tokensUsed += used ? used.input + used.output : 0
    its.costUsed += used ? costOf(used.input, used.output) : 0
  }
}

/** What is left for one more call, in tokens and money. */
function roomOf(books: Books, who: number): { tokens: number; money: number } {
  const its = counter(books, scopesOf[who]!.at(-1)!, books.month)
  const all = counter(books, 'all', books.month)
  const own = books.ceilings[who] ?? Infinity
  const shared = books.shared ?? Infinity
  return {
    tokens: plans[who]! - its.tokensUsed - its.tokensSet,
    money: Math.min(own - its.costUsed - its.costSet, shared - all.costUsed - all.costSet),
  }
}

const settleNow = (real: Real, index: number, isStored = true) =>
  database.db.execute(sql`with first as (select 1 where ${isStored}), ${billing.settlement(real.bills[index]!, real.spendings[index]!.due())}`)

/** The call that a command is about: one of those that are in a state for it. */
const pick = (books: Books, nth: number, state: Call['state']) => {
  const fit = books.calls.flatMap((call, index) => (call.state === state ? [index] : []))
  return fit[nth % fit.length]
}

function about(
  state: Call['state'],
  nth: number,
  name: string,
  run: (books: Books, real: Real, call: Call, index: number) => Promise<void>,
): Command {
  return {
    check: (books) => pick(books, nth, state) !== undefined,
    run: async (books, real) => {
      const index = pick(books, nth, state)!
      await run(books, real, books.calls[index]!, index)
      await expectSame(books, real)
    },
    toString: () => `${name}(${nth})`,
  }
}

const reserve = (who: number, input: number): Command => ({
  check: () => true,
  run: async (books, real) => {
    const bill = { ...billOf({ userId: real.actors[who]!, messageId: randomUUID(), attempt: 1 }), payer: real.payers[who]!, runId: randomUUID() }
    const spending = billing.openSpending(bill)
    const paid = await spending.prepay('test', input).catch((error: unknown) => error)
    const room = roomOf(books, who)
    if (books.isErased[who] && who === 0) return expect(paid).toMatchObject({ code: 'unauthenticated' })
    if (paid instanceof AppError) {
      // Not even the shortest answer would have fitted.
      expect(Math.min(room.tokens - input, (room.money - input) / 2)).toBeLessThan(256)
    } else {
      const { outputTokensMax: output } = paid as PaidCall
      expect(input + output).toBeLessThanOrEqual(room.tokens)
      expect(costOf(input, output)).toBeLessThanOrEqual(room.money)
      const call: Call = { who, cycle: books.month, input, output, state: 'open' }
      books.calls.push(call)
      real.bills.push(bill)
      real.spendings.push(spending)
      real.paid.push(paid as PaidCall)
      move(books, call, 1)
    }
    await expectSame(books, real)
  },
  toString: () => `reserve(${who}, ${input})`,
})

const settle = (nth: number, share: number, isStored: boolean) =>
  about('open', nth, isStored ? 'settle' : 'settle, but what is paid for is not stored', async (books, real, call, index) => {
    const used = { input: Math.floor(call.input * share), output: Math.floor(call.output * share) }
    real.paid[index]!.settle({ inputTokens: used.input, outputTokens: used.output, isEstimate: false })
    await settleNow(real, index, isStored)
    if (!isStored) await real.spendings[index]![Symbol.asyncDispose]()
    move(books, call, -1, used)
    call.state = 'ended'
  })

const fail = (nth: number) =>
  about('open', nth, 'fail', async (books, real, call, index) => {
    real.paid[index]![Symbol.dispose]()
    await real.spendings[index]![Symbol.asyncDispose]()
    move(books, call, -1)
    call.state = 'ended'
  })

const lose = (nth: number, byTakeOver: boolean) =>
  about('open', nth, byTakeOver ? 'lose to another attempt' : 'lose with the process', async (books, real, call, index) => {
    if (byTakeOver) await billing.settleEarlier({ ...real.bills[index]!, attempt: 2 })
    else {
      await database.db.execute(sql`update reservations set created_at = now() - interval '3 minutes' where run_id = ${real.bills[index]!.runId}`)
      await billing.settleOrphans()
    }
    move(books, call, -1, { input: Math.ceil(call.input / 4), output: 0 })
    call.state = 'lost'
  })

const settleLate = (nth: number) =>
  about('lost', nth, 'settle what was booked as lost', async (_books, real, call, index) => {
    real.paid[index]!.settle({ inputTokens: call.input, outputTokens: call.output, isEstimate: false })
    await settleNow(real, index)
    call.state = 'ended'
  })

const anytime = (name: string, run: (books: Books, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run: async (books, real) => {
    await run(books, real)
    await expectSame(books, real)
  },
  toString: () => name,
})

const setCeiling = (who: number, left: number | null) =>
  anytime(`setCeiling(${who}, ${left})`, async (books, real) => {
    const its = counter(books, scopesOf[who]!.at(-1)!, books.month)
    const ceiling = left === null ? null : its.costUsed + its.costSet + left
    books.ceilings[who] = ceiling
    if (who === 0) await setUserCeiling(database.db, real.actors[0]!, ceiling)
    else await database.db.execute(sql`update budget_scopes set ceiling_micro_usd = ${ceiling} where id = ${real.payers[1]!.id}`)
  })

const setShared = (left: number | null) =>
  anytime(`setInstallationCeiling(${left})`, async (books, real) => {
    const all = counter(books, 'all', books.month)
    books.shared = left === null ? null : all.costUsed + all.costSet + left
    await billing.setInstallationCeiling(books.shared === null ? null : real.sharedBase + books.shared)
  })

const nextMonth = () =>
  anytime('the cycle ends', async (books, real) => {
    books.month++
    vi.setSystemTime(monthOf(books.month))
    real.sharedBase = await spentByAll(books)
    // A ceiling holds for each cycle anew; the next one has other calls of others in it.
    if (books.shared !== null) await billing.setInstallationCeiling(real.sharedBase + books.shared)
  })

const erase = (who: number) =>
  anytime(`erase(${who})`, async (books, real) => {
    if (books.isErased[who]) return
    books.isErased[who] = true
    await database.db.execute(sql`delete from users where id = ${real.actors[who]}`)
    // An organisation goes on, with another member.
    if (who === 1) real.actors[1] = await newPerson()
  })

/** What everybody of earlier runs of this property holds in the cycle. */
async function spentByAll(books: Books): Promise<number> {
  const { rows } = await database.db.execute<{ sum: string }>(sql`
    select coalesce(sum(cost_micro_usd + reserved_micro_usd), 0) as sum from budgets
    where kind in ('person', 'organisation') and cycle_starts_at = ${billingCycle(new Date()).startsAt}`)
  const all = counter(books, 'all', books.month)
  return Number(rows[0]!.sum) - all.costUsed - all.costSet
}

async function expectSame(books: Books, real: Real): Promise<void> {
  const { rows } = await database.db.execute<Record<string, string>>(sql`
    select user_id, cycle_starts_at, tokens_used, tokens_reserved, cost_micro_usd, reserved_micro_usd from budgets`)
  for (const [who, payer] of real.payers.entries()) {
    if (books.isErased[who] && who === 0) continue
    const ids = payer.scopes ?? [payer.id]
    for (const [index, scope] of scopesOf[who]!.entries()) {
      for (let month = 0; month <= books.month; month++) {
        const { tokensUsed, tokensSet, costUsed, costSet } = counter(books, scope, month)
        const start = billingCycle(monthOf(month)).startsAt.getTime()
        const row = rows.find(({ user_id, cycle_starts_at }) => user_id === ids[index] && new Date(cycle_starts_at!).getTime() === start)
        const stored = [row?.tokens_used, row?.tokens_reserved, row?.cost_micro_usd, row?.reserved_micro_usd].map((value) => Number(value ?? 0))
        expect(stored, `${scope} in month ${month}`).toEqual([tokensUsed, tokensSet, costUsed, costSet])
      }
    }
  }
  expect((await billing.verifyLedger()).differences).toEqual([])
}

async function newPerson(): Promise<string> {
  const id = randomUUID()
  await database.pool.query(`insert into users (id, email, name, password_hash, role, plan) values ($1::uuid, $1::text, 'Ada', '', 'user', 'free')`, [
    id,
  ])
  return id
}

async function begin(): Promise<{ model: Books; real: Real }> {
  vi.setSystemTime(firstMonth)
  await billing.setInstallationCeiling(null)
  const [ada, bob, member, acme] = [await newPerson(), await newPerson(), randomUUID(), randomUUID()]
  await database.db.execute(sql`insert into budget_scopes (id, kind) values (${member}, 'member'), (${acme}, 'organisation')`)
  const model: Books = { counters: new Map(), ceilings: [null, null], shared: null, isErased: [false, false], calls: [], month: 0 }
  const payers: Payer[] = [
    { kind: 'person', id: ada },
    { kind: 'organisation', id: acme, scopes: [member, acme] },
  ]
  return { model, real: { payers, actors: [ada, bob], bills: [], spendings: [], paid: [], sharedBase: await spentByAll(model) } }
}

const who = fc.nat(1)
const nth = fc.nat(20)
const left = fc.option(fc.nat(12_000))

test('whatever is reserved, settled, failed, lost, erased and limited, in any order: the counters are the sums over the ledger, and never over a limit', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.commands(
          [
            fc.tuple(who, fc.integer({ min: 1, max: 2000 })).map(([who, input]) => reserve(who, input)),
            fc.tuple(who, fc.integer({ min: 30_000, max: 90_000 })).map(([who, input]) => reserve(who, input)),
            fc.tuple(nth, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()).map(([nth, share, isStored]) => settle(nth, share, isStored)),
            nth.map(fail),
            fc.tuple(nth, fc.boolean()).map(([nth, byTakeOver]) => lose(nth, byTakeOver)),
            nth.map(settleLate),
            fc.tuple(who, left).map(([who, left]) => setCeiling(who, left)),
            left.map(setShared),
            fc.constant(nextMonth()),
            who.map(erase),
          ],
          { maxCommands: 40 },
        ),
        (commands) => fc.asyncModelRun(begin, commands),
      ),
      { numRuns: 60 },
    )
  } finally {
    vi.useRealTimers()
    await billing.setInstallationCeiling(null)
  }
})
