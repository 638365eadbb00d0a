import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBilling } from '#features/billing/index.ts'
import { type Database, openDatabase } from '#ports/database/index.ts'
import { copyDatabase } from './test-app.ts'

const stack = new AsyncDisposableStack()
let database: Database
let billing: ReturnType<typeof createBilling>
const price = { inputMicroUsdPerMillion: 1_000_000, outputMicroUsdPerMillion: 2_000_000, outputTokensMax: 1000 }

beforeAll(async () => {
  database = stack.use(await openDatabase({ url: await copyDatabase(stack), dataDir: '' }))
  billing = createBilling({ db: database.db, modelOf: () => price })
})
afterAll(() => stack.disposeAsync())

async function newPerson({ plan = 'free', ceilingMicroUsd = null as number | null } = {}): Promise<string> {
  const id = randomUUID()
  await database.pool.query(
    `insert into users (id, email, name, password_hash, role, plan, ceiling_micro_usd) values ($1::uuid, $1::text, 'Ada', '', 'user', $2, $3)`,
    [id, plan, ceilingMicroUsd],
  )
  return id
}

const newRun = (userId: string) => ({ userId, runId: randomUUID(), messageId: randomUUID(), conversationId: randomUUID(), attempt: 1 })
const cycleOf = async (userId: string) => (await billing.usage({ userId, plan: 'free' }, { group: 'day' })).cycle
const differences = async () => (await billing.verifyLedger()).differences
const finish = (run: ReturnType<typeof newRun>, spending: ReturnType<typeof billing.openSpending>) =>
  database.db.execute(sql`with first as (select 1), ${billing.lastSettlement(run, spending.due())}`)

async function spend(userId: string, inputTokens: number, outputTokens: number, inputTokensMax = 500): Promise<void> {
  const run = newRun(userId)
  const spending = billing.openSpending(run)
  const call = await spending.prepay('test', inputTokensMax)
  call.end({ inputTokens, outputTokens })
  await finish(run, spending)
}

test('what a call can cost at most is set aside; what it used is spent and the rest comes back', async () => {
  const userId = await newPerson()
  const run = newRun(userId)
  const spending = billing.openSpending(run)
  const call = await spending.prepay('test', 500)
  expect(await cycleOf(userId)).toMatchObject({ tokensReserved: 1500, reservedMicroUsd: 2500, tokensUsed: 0, costMicroUsd: 0 })
  call.end({ inputTokens: 100, outputTokens: 50 })
  await finish(run, spending)
  expect(await cycleOf(userId)).toMatchObject({ tokensReserved: 0, reservedMicroUsd: 0, tokensUsed: 150, costMicroUsd: 200 })
  expect((await billing.usage({ userId, plan: 'free' }, { group: 'model' })).items).toEqual([
    { key: 'test', inputTokens: 100, outputTokens: 50, costMicroUsd: 200, calls: 1 },
  ])
  expect(await differences()).toEqual([])
})

test('a failed call leaves what was set aside for it to the next try, and a run’s end gives all of it back', async () => {
  const userId = await newPerson()
  const run = newRun(userId)
  const spending = billing.openSpending(run)
  ;(await spending.prepay('test', 500)).end(null)
  ;(await spending.prepay('test', 500)).end(null)
  expect(await cycleOf(userId)).toMatchObject({ tokensReserved: 1500 })
  ;(await spending.prepay('another', 600)).end(null)
  expect(await cycleOf(userId)).toMatchObject({ tokensReserved: 1600 })
  await finish(run, spending)
  expect(await cycleOf(userId)).toMatchObject({ tokensReserved: 0, reservedMicroUsd: 0, tokensUsed: 0, costMicroUsd: 0 })
  expect(await differences()).toEqual([])
})

test('where a whole answer does not fit, it is cut to what is left; where that helps nobody, it is refused until the month’s end', async () => {
  const userId = await newPerson({ ceilingMicroUsd: 1100 })
  const call = await billing.openSpending(newRun(userId)).prepay('test', 500)
  expect(call.outputTokensMax).toBe(300)
  expect(await cycleOf(userId)).toMatchObject({ reservedMicroUsd: 1100 })
  const poor = await newPerson({ ceilingMicroUsd: 1000 })
  const refusal = await billing
    .openSpending(newRun(poor))
    .prepay('test', 500)
    .catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: 'ceiling_reached', message: expect.stringMatching(/It starts anew on \d{4}-\d\d-01 \(UTC\)\.$/) })
  expect(await cycleOf(poor)).toMatchObject({ reservedMicroUsd: 0, tokensReserved: 0 })
})

test('who is refused only for what other answers hold is told to try again in a moment', async () => {
  const userId = await newPerson({ ceilingMicroUsd: 2600 })
  await billing.openSpending(newRun(userId)).prepay('test', 500)
  const refusal = await billing
    .openSpending(newRun(userId))
    .prepay('test', 500)
    .catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: 'ceiling_reached', retryAfterSeconds: 10, message: expect.stringContaining('Try again in a moment') })
})

test('a change of plan and a ceiling act at the very next call', async () => {
  const userId = await newPerson()
  await spend(userId, 99_000, 0, 99_000)
  await expect(spend(userId, 1, 1, 900)).rejects.toMatchObject({ code: 'budget_exhausted' })
  await database.pool.query(`update users set plan = 'pro' where id = $1`, [userId])
  await spend(userId, 1, 1, 900)
  expect(await billing.setUserCeiling(userId, 99_003)).toBeNull()
  await expect(spend(userId, 1, 1, 900)).rejects.toMatchObject({ code: 'ceiling_reached' })
  expect(await billing.setUserCeiling(userId, null)).toBe(99_003)
  await spend(userId, 1, 1, 900)
})

test('a disabled person’s next call is refused, also in the middle of a run, and what the run had spent is still booked', async () => {
  const userId = await newPerson()
  const run = newRun(userId)
  const spending = billing.openSpending(run)
  const call = await spending.prepay('test', 500)
  call.end({ inputTokens: 100, outputTokens: 50 })
  await database.pool.query('update users set disabled_at = now() where id = $1', [userId])
  const refusal = { code: 'unauthenticated', message: expect.stringContaining('disabled') }
  await expect(spending.prepay('test', 500)).rejects.toMatchObject(refusal)
  await expect(billing.room(userId)).rejects.toMatchObject(refusal)
  await finish(run, spending)
  expect(await cycleOf(userId)).toMatchObject({ tokensReserved: 0, tokensUsed: 150 })
  expect(await differences()).toEqual([])
})

test('the share that is left, by which a model is chosen, is the least of tokens and both ceilings', async () => {
  const userId = await newPerson({ ceilingMicroUsd: 1000 })
  expect(await billing.room(userId)).toMatchObject({ budgetLeft: 1, tokensLeft: 100_000, microUsdLeft: 1000 })
  await spend(userId, 300, 100, 300)
  expect(await billing.room(userId)).toMatchObject({ budgetLeft: 0.5, tokensLeft: 99_600, microUsdLeft: 500 })
  const { costMicroUsd, reservedMicroUsd } = await billing.monthFigures()
  const ceilingMicroUsd = costMicroUsd + reservedMicroUsd + 100
  await billing.setInstallationCeiling(ceilingMicroUsd)
  expect(await billing.room(userId)).toMatchObject({ budgetLeft: expect.closeTo(100 / ceilingMicroUsd, 9), microUsdLeft: 100 })
  const anybody = spend(await newPerson(), 1, 1, 300)
  await expect(anybody).rejects.toMatchObject({ code: 'ceiling_reached', message: expect.stringContaining('of this installation') })
  await billing.setInstallationCeiling(null)
  await billing.setUserCeiling(userId, null)
  await spend(userId, 100_000, 0)
  await expect(billing.room(userId)).rejects.toMatchObject({ code: 'budget_exhausted' })
})

test('what a provider bills past what it was allowed is booked all the same, and the ledger still balances', async () => {
  const userId = await newPerson()
  await spend(userId, 700, 1200)
  expect(await cycleOf(userId)).toMatchObject({ tokensUsed: 1900, costMicroUsd: 3100, tokensReserved: 0, reservedMicroUsd: 0 })
  expect((await billing.usageOfAll({ group: 'user', userId })).totals).toEqual({ inputTokens: 700, outputTokens: 1200, costMicroUsd: 3100, calls: 1 })
  expect(await differences()).toEqual([])
})

test('a call that belongs to no run pays the same way, and one that fails costs nothing', async () => {
  const userId = await newPerson()
  const most = { userId, kind: 'embedding', model: 'vectors', inputTokens: 40, outputTokens: 0, costMicroUsd: 40 } as const
  await billing.spend(most, price, async () => ({ inputTokens: 12 }))
  await expect(billing.spend(most, price, () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(await cycleOf(userId)).toMatchObject({ tokensUsed: 12, costMicroUsd: 12, tokensReserved: 0, reservedMicroUsd: 0 })
})

test('the ledger refuses every change but the erasure of a person, whose spending then names nobody and still counts', async () => {
  const userId = await newPerson()
  await spend(userId, 10, 20)
  const change = (statement: string) => database.pool.query(statement).catch((error: Error) => error.message)
  expect(await change(`update ledger set cost_micro_usd = 0 where user_id = '${userId}'`)).toContain('The ledger only grows')
  expect(await change(`delete from ledger where user_id = '${userId}'`)).toContain('The ledger only grows')
  expect(await change('truncate ledger')).toContain('The ledger only grows')
  const before = (await billing.usageOfAll({ group: 'model' })).totals
  await database.pool.query('delete from users where id = $1', [userId])
  expect((await billing.usageOfAll({ group: 'model' })).totals).toEqual(before)
  const { rows } = await database.pool.query('select from ledger where user_id = $1 union all select from budgets where user_id = $1', [userId])
  expect(rows).toHaveLength(0)
  expect(await differences()).toEqual([])
})

test('verify names what differs', async () => {
  const userId = await newPerson()
  await spend(userId, 10, 20)
  await database.pool.query('update budgets set cost_micro_usd = cost_micro_usd + 1 where user_id = $1', [userId])
  const lost = await billing.reserve({ userId, kind: 'answer', model: 'test', inputTokens: 1, outputTokens: 1, costMicroUsd: 3 })
  const { reservationId } = lost as { reservationId: string }
  await database.pool.query('update reservations set tokens = tokens + 5 where id = $1', [reservationId])
  const found = await differences()
  expect(found.some((line) => line.includes(`budget of ${userId}`) && line.includes('cost 50'))).toBe(true)
  expect(found.some((line) => line.includes(`reservation ${reservationId}`))).toBe(true)
  await database.pool.query('update budgets set cost_micro_usd = cost_micro_usd - 1 where user_id = $1', [userId])
  await database.pool.query('update reservations set tokens = tokens - 5 where id = $1', [reservationId])
  expect(await differences()).toEqual([])
})

const fate = fc.record({
  inputTokens: fc.nat(900),
  outputTokens: fc.nat(1200),
  end: fc.constantFrom('settled', 'failed', 'crashed before the call', 'crashed after it', 'ceiling set', 'ceiling lifted'),
})

test('whatever calls crash between reserving and settling, after a sweep the ledger minus the truth is 0', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { maxLength: 24 }), fc.integer({ min: 0, max: 20_000 }), async (fates, ceilingMicroUsd) => {
      const people = [await newPerson({ ceilingMicroUsd }), await newPerson({ plan: 'pro' })]
      const truth = people.map(() => ({ tokensUsed: 0, costMicroUsd: 0 }))
      await Promise.all(
        fates.map(async ({ inputTokens, outputTokens, end }, index) => {
          if (end === 'ceiling set') return await billing.setInstallationCeiling(1e9)
          if (end === 'ceiling lifted') return await billing.setInstallationCeiling(null)
          const who = index % people.length
          const run = newRun(people[who]!)
          const spending = billing.openSpending(run)
          const call = await spending.prepay('test', 900).catch(() => undefined)
          if (!call || end === 'crashed before the call') return
          call.end(end === 'failed' ? null : { inputTokens, outputTokens: Math.min(outputTokens, call.outputTokensMax) })
          if (end === 'crashed after it') return
          const [used] = spending.due()
          await finish(run, spending)
          truth[who]!.tokensUsed += used ? used.inputTokens + used.outputTokens : 0
          truth[who]!.costMicroUsd += used?.costMicroUsd ?? 0
        }),
      )
      await database.pool.query(`update reservations set created_at = now() - interval '3 minutes'`)
      await billing.releaseOrphans()
      for (const [index, userId] of people.entries())
        expect(await cycleOf(userId)).toMatchObject({ ...truth[index], tokensReserved: 0, reservedMicroUsd: 0 })
      expect(truth[0]!.costMicroUsd).toBeLessThanOrEqual(ceilingMicroUsd)
      expect(await differences()).toEqual([])
    }),
    { numRuns: 40 },
  )
})
