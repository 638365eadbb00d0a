import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { setUserCeiling } from '#features/accounts/index.ts'
import { createBilling } from '#features/billing/index.ts'
import { createPaidEmbeddings } from '#features/completions/index.ts'
import { createLog } from '#lib/log.ts'
import { billOf } from '#lib/money.ts'
import { type Database, openDatabase } from '#ports/database/index.ts'
import { ProviderError } from '#ports/models/provider-error.ts'
import { createProviderEmbeddings } from '#ports/models/embeddings.ts'
import { startScriptedModel } from '../../simulators/openai/scripted.ts'
import { copyDatabase } from './test-app.ts'

const stack = new AsyncDisposableStack()
let database: Database
let billing: ReturnType<typeof createBilling>
const price = { inputMicroUsdPerMillion: 1_000_000, outputMicroUsdPerMillion: 2_000_000, outputTokensMax: 1000 }

beforeAll(async () => {
  database = stack.use(await openDatabase({ url: await copyDatabase(stack), dataDir: '' }))
  billing = createBilling({ db: database.db, modelOf: () => price, log: createLog('silent') })
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

const newRun = (userId: string) => ({
  ...billOf({ userId, messageId: randomUUID(), conversationId: randomUUID(), attempt: 1 }),
  runId: randomUUID(),
  attempt: 1,
})
const counted = (inputTokens: number, outputTokens: number) => ({ inputTokens, outputTokens, isEstimate: false })
const cycleOf = async (userId: string) => (await billing.usage({ userId, plan: 'free' }, { group: 'day' })).cycle
const differences = async () => (await billing.verifyLedger()).differences
const finish = (run: ReturnType<typeof newRun>, spending: ReturnType<typeof billing.openSpending>) =>
  database.db.execute(sql`with first as (select 1), ${billing.settlement(run, spending.due())}`)

async function spend(userId: string, inputTokens: number, outputTokens: number, inputTokensMax = 500): Promise<void> {
  const run = newRun(userId)
  const spending = billing.openSpending(run)
  const call = await spending.prepay('test', inputTokensMax)
  call.settle(counted(inputTokens, outputTokens))
  await finish(run, spending)
}

test('what a call can cost at most is set aside; what it used is spent and the rest comes back', async () => {
  const userId = await newPerson()
  const run = newRun(userId)
  const spending = billing.openSpending(run)
  const call = await spending.prepay('test', 500)
  expect(await cycleOf(userId)).toMatchObject({ tokensReserved: 1500, reservedMicroUsd: 2500, tokensUsed: 0, costMicroUsd: 0 })
  call.settle(counted(100, 50))
  await finish(run, spending)
  expect(await cycleOf(userId)).toMatchObject({ tokensReserved: 0, reservedMicroUsd: 0, tokensUsed: 150, costMicroUsd: 200 })
  expect((await billing.usage({ userId, plan: 'free' }, { group: 'model' })).items).toEqual([
    { key: 'test', inputTokens: 100, outputTokens: 50, costMicroUsd: 200, calls: 1, estimatedCalls: 0, estimatedCostMicroUsd: 0 },
  ])
  expect(await differences()).toEqual([])
})

test('a call that belongs to no run is somebody’s for as long as it takes', async () => {
  const userId = await newPerson()
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  await using spending = billing.openSpending(billOf({ userId }))
  const call = await spending.prepay('test', 500, 300)
  expect(call.outputTokensMax).toBe(300)
  const age = () => database.pool.query("update reservations set created_at = now() - interval '5 minutes' where user_id = $1", [userId])
  const isFresh = () => database.pool.query("select created_at > now() - interval '1 minute' as fresh from reservations where user_id = $1", [userId])
  await age()
  vi.advanceTimersByTime(30_000)
  await expect.poll(async () => (await isFresh()).rows[0]?.fresh).toBe(true)
  await billing.settleOrphans()
  expect(await cycleOf(userId)).toMatchObject({ tokensReserved: 800, tokensUsed: 0 })
  // Nobody renews what has ended.
  call.settle(counted(100, 50))
  expect(vi.getTimerCount()).toBe(0)
})

test('a failed call leaves what was set aside for it to the next try, and a run’s end gives all of it back', async () => {
  const userId = await newPerson()
  const run = newRun(userId)
  const spending = billing.openSpending(run)
  ;(await spending.prepay('test', 500))[Symbol.dispose]()
  ;(await spending.prepay('test', 500))[Symbol.dispose]()
  expect(await cycleOf(userId)).toMatchObject({ tokensReserved: 1500 })
  ;(await spending.prepay('another', 600))[Symbol.dispose]()
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
  expect(await setUserCeiling(database.db, userId, 99_003)).toBeNull()
  await expect(spend(userId, 1, 1, 900)).rejects.toMatchObject({ code: 'ceiling_reached' })
  expect(await setUserCeiling(database.db, userId, null)).toBe(99_003)
  await spend(userId, 1, 1, 900)
})

test('a disabled person’s next call is refused, also in the middle of a run, and what the run had spent is still booked', async () => {
  const userId = await newPerson()
  const run = newRun(userId)
  const spending = billing.openSpending(run)
  const call = await spending.prepay('test', 500)
  call.settle(counted(100, 50))
  await database.pool.query('update users set disabled_at = now() where id = $1', [userId])
  const refusal = { code: 'unauthenticated', message: expect.stringContaining('disabled') }
  await expect(spending.prepay('test', 500)).rejects.toMatchObject(refusal)
  await expect(billing.room(billOf({ userId }))).rejects.toMatchObject(refusal)
  await finish(run, spending)
  expect(await cycleOf(userId)).toMatchObject({ tokensReserved: 0, tokensUsed: 150 })
  expect(await differences()).toEqual([])
})

test('the share that is left, by which a model is chosen, is the least of tokens and both ceilings', async () => {
  const userId = await newPerson({ ceilingMicroUsd: 1000 })
  expect(await billing.room(billOf({ userId }))).toMatchObject({ budgetLeft: 1, tokensLeft: 100_000, microUsdLeft: 1000 })
  await spend(userId, 300, 100, 300)
  expect(await billing.room(billOf({ userId }))).toMatchObject({ budgetLeft: 0.5, tokensLeft: 99_600, microUsdLeft: 500 })
  const { costMicroUsd, reservedMicroUsd } = await billing.monthFigures()
  const ceilingMicroUsd = costMicroUsd + reservedMicroUsd + 100
  await billing.setInstallationCeiling(ceilingMicroUsd)
  expect(await billing.room(billOf({ userId }))).toMatchObject({ budgetLeft: expect.closeTo(100 / ceilingMicroUsd, 9), microUsdLeft: 100 })
  const anybody = spend(await newPerson(), 1, 1, 300)
  await expect(anybody).rejects.toMatchObject({ code: 'ceiling_reached', message: expect.stringContaining('of this installation') })
  await billing.setInstallationCeiling(null)
  await setUserCeiling(database.db, userId, null)
  await spend(userId, 100_000, 0)
  await expect(billing.room(billOf({ userId }))).rejects.toMatchObject({ code: 'budget_exhausted' })
})

test('what a provider bills past what it was allowed is booked all the same, and the ledger still balances', async () => {
  const userId = await newPerson()
  await spend(userId, 700, 1200)
  expect(await cycleOf(userId)).toMatchObject({ tokensUsed: 1900, costMicroUsd: 3100, tokensReserved: 0, reservedMicroUsd: 0 })
  expect((await billing.usageOfAll({ group: 'user', userId })).totals).toMatchObject({
    inputTokens: 700,
    outputTokens: 1200,
    costMicroUsd: 3100,
    calls: 1,
  })
  expect(await differences()).toEqual([])
})

test('a call that belongs to no run pays the same way; one that the provider refused costs nothing, one whose end is lost what it may have cost', async () => {
  const userId = await newPerson()
  const embed = (call: () => Promise<{ inputTokens: number }>, signal?: AbortSignal) =>
    billing.embed(billOf({ userId }), { model: 'vectors', inputTokensMax: 40, signal }, call)
  await embed(async () => ({ inputTokens: 12 }))
  const refused = new ProviderError('upstream_rejected.request', { status: 400 })
  await expect(embed(() => Promise.reject(refused))).rejects.toBe(refused)
  expect(await cycleOf(userId)).toMatchObject({ tokensUsed: 12, costMicroUsd: 12, tokensReserved: 0, reservedMicroUsd: 0 })
  const neverSent = () => expect.fail('a stop came first')
  await expect(embed(neverSent, AbortSignal.abort(new Error('Stopped')))).rejects.toThrow('Stopped')
  expect(await cycleOf(userId)).toMatchObject({ tokensUsed: 12, tokensReserved: 0 })
  await expect(embed(() => Promise.reject(new DOMException('Stopped', 'AbortError')))).rejects.toThrow('Stopped')
  expect(await cycleOf(userId)).toMatchObject({ tokensUsed: 22, costMicroUsd: 22, tokensReserved: 0, reservedMicroUsd: 0 })
  expect((await billing.usageOfAll({ group: 'user', userId })).totals).toMatchObject({ calls: 2, estimatedCalls: 1, estimatedCostMicroUsd: 10 })
  await embed(async () => ({ inputTokens: 0 }))
  expect((await billing.usageOfAll({ group: 'user', userId })).totals).toMatchObject({ calls: 3, estimatedCalls: 2, estimatedCostMicroUsd: 20 })
})

test('many texts are several requests, and each that was sent is settled, whatever becomes of a later one', async () => {
  const provider = await startScriptedModel(({ body }) => (JSON.stringify(body).includes('poison') ? { status: 400 } : { text: '' }))
  onTestFinished(() => provider.close())
  const embeddings = createPaidEmbeddings({
    embeddings: createProviderEmbeddings({ baseUrl: provider.url, apiKey: '', model: 'vectors' }),
    price: { model: 'vectors', embed: billing.embed },
  })
  const userId = await newPerson()
  const texts = Array.from({ length: 600 }, (_, index) => `word${index}`)
  const vectors = await embeddings.embed({ userId }, texts)
  expect(provider.requests.map(({ body }) => (body.input as string[]).length)).toEqual([256, 256, 88])
  expect(vectors).toHaveLength(600)
  expect(vectors[300]).toEqual((await embeddings.embed({ userId }, ['word300']))[0])

  const other = await newPerson()
  await expect(embeddings.embed({ userId: other }, texts.with(300, 'poison'))).rejects.toMatchObject({ code: 'upstream_rejected' })
  const { totals } = await billing.usageOfAll({ group: 'user', userId: other })
  expect(totals).toMatchObject({ calls: 1, estimatedCalls: 0 })
  expect(totals.inputTokens).toBeGreaterThanOrEqual(256)
  expect(await cycleOf(other)).toMatchObject({ tokensUsed: totals.inputTokens, tokensReserved: 0, reservedMicroUsd: 0 })
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

/** An organisation, and the bill of one of its members. */
async function newMember() {
  const [userId, member, organisation] = [await newPerson(), randomUUID(), randomUUID()]
  await database.db.execute(sql`insert into budget_scopes (id, kind) values (${member}, 'member'), (${organisation}, 'organisation')`)
  return { userId, bill: { ...newRun(userId), payer: { kind: 'organisation' as const, id: organisation, scopes: [member, organisation] } } }
}

const namedIn = async (userId: string) =>
  (
    await database.pool.query('select actor_id from ledger where actor_id = $1 union all select actor_id from reservations where actor_id = $1', [
      userId,
    ])
  ).rowCount

test('who is erased is named by nothing that another paid for: neither what was spent nor what is still under way, which then settles all the same', async () => {
  const { userId, bill } = await newMember()
  const spending = billing.openSpending(bill)
  const call = await spending.prepay('test', 500)
  call.settle(counted(100, 50))
  await finish(bill, spending)
  const open = await spending.prepay('test', 500)
  const charges = async () =>
    (
      await database.pool.query<{ actor_id: string; run_id: string | null; message_id: string | null; cost: string }>(
        `select actor_id, run_id, message_id, cost_micro_usd as cost from ledger where user_id = $1 and entry = 'settlement' order by id`,
        [bill.payer.id],
      )
    ).rows
  expect(await charges()).toEqual([{ actor_id: userId, run_id: bill.runId, message_id: bill.messageId, cost: '200' }])
  expect(await namedIn(userId)).toBeGreaterThan(2)

  await database.pool.query('delete from users where id = $1', [userId])
  expect(await namedIn(userId)).toBe(0)
  expect(await charges()).toEqual([{ actor_id: expect.any(String), run_id: null, message_id: null, cost: '200' }])
  await expect(spending.prepay('test', 500)).rejects.toMatchObject({ code: 'unauthenticated' })
  open.settle(counted(10, 5))
  await spending[Symbol.asyncDispose]()
  expect(await charges()).toMatchObject([{ cost: '200' }, { cost: '20' }])
  expect(await namedIn(userId)).toBe(0)
  expect(await differences()).toEqual([])
})

test('a call that is asked for while its person is being erased is refused, no matter who would pay for it', async () => {
  const { userId, bill } = await newMember()
  const erasing = await database.pool.connect()
  try {
    await erasing.query('begin')
    await erasing.query('delete from users where id = $1', [userId])
    let isAnswered = false
    const asked = billing
      .openSpending(bill)
      .prepay('test', 500)
      .catch((error: unknown) => error)
      .finally(() => (isAnswered = true))
    await expect
      .poll(
        async () =>
          isAnswered ||
          (await database.pool.query(`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`)).rowCount,
      )
      .toBeTruthy()
    await erasing.query('commit')
    expect(await asked).toMatchObject({ code: 'unauthenticated' })
  } finally {
    erasing.release()
  }
  expect(await namedIn(userId)).toBe(0)
})

test('verify names what differs', async () => {
  const userId = await newPerson()
  await spend(userId, 10, 20)
  await database.pool.query('update budgets set cost_micro_usd = cost_micro_usd + 1 where user_id = $1', [userId])
  const lost = await billing.reserve({
    bill: billOf({ userId }),
    most: { kind: 'answer', model: 'test', inputTokens: 1, outputTokens: 1, costMicroUsd: 3 },
  })
  const { reservationId } = lost as { reservationId: string }
  await database.pool.query('update reservations set tokens = tokens + 5 where id = $1', [reservationId])
  const found = await differences()
  expect(found.some((line) => line.includes(`person ${userId}`) && line.includes('cost 50'))).toBe(true)
  expect(found.some((line) => line.includes(`reservation ${reservationId}`))).toBe(true)
  await database.pool.query('update budgets set cost_micro_usd = cost_micro_usd - 1 where user_id = $1', [userId])
  await database.pool.query('update reservations set tokens = tokens - 5 where id = $1', [reservationId])
  expect(await differences()).toEqual([])
})
