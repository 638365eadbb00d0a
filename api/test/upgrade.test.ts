import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createAudit } from '#features/audit/index.ts'
import { openFolder } from '#ports/blobs/folder.ts'
import { createBlobs } from '#ports/blobs/index.ts'
import { backUp, contentOf, restore, verify } from '#features/backup/index.ts'
import { createBilling } from '#features/billing/index.ts'
import { createLog } from '#lib/log.ts'
import { billOf } from '#lib/money.ts'
import { type Database, openDatabase } from '#ports/database/index.ts'
import type { Vectors } from '#ports/vectors/index.ts'
import { startScriptedModel } from '../../simulators/openai/scripted.ts'
import { textOf } from './client.ts'
import { openOldRelease } from './fixtures/releases/0.1.0.ts'
import { copyDatabase, startTestApp, type TestApp } from './test-app.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8')
const releases = Object.entries(JSON.parse(read('../migrations/releases.json')) as Record<string, { migrations: number }>)
const password = 'correct horse battery'
let stack = new AsyncDisposableStack()
afterEach(async () => {
  await stack.disposeAsync()
  stack = new AsyncDisposableStack()
})

/** A database as a release left it, on the schema of that release. */
async function restoreRelease(release: string, migrations: number): Promise<Database & { url: string }> {
  const url = await copyDatabase(stack, 'template0')
  const database = stack.use(await openDatabase({ url, dataDir: tmpdir(), asIs: true }))
  await database.migrate(migrations)
  await database.pool.query(read(`fixtures/releases/${release}.sql`))
  return { ...database, url }
}

/** This version on that database, with the provider that the release had. */
async function startOn({ url }: { url: string }): Promise<TestApp> {
  const model = stack.adopt(await startScriptedModel([{ text: 'It is 42.' }]), (opened) => opened.close())
  return stack.use(await startTestApp({ DATABASE_URL: url, OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: model.url }))
}

async function signIn(app: TestApp, email: string) {
  const client = app.anyone()
  const { status, body } = await client.post('/api/v1/auth/login?transport=body', { email, password })
  client.useToken(body.accessToken as string | undefined)
  return { ...client, status }
}

const most = { kind: 'answer', model: 'gpt-4o', inputTokens: 3000, outputTokens: 1000, costMicroUsd: 17_500 } as const

const billingOf = (database: Database) => createBilling({ ...database, modelOf: () => expect.fail('no model is called'), log: createLog('silent') })

async function expectSound(database: Database): Promise<void> {
  expect(await createAudit(database).verify()).toMatchObject({ ok: true, firstBadId: null })
  expect((await billingOf(database).verifyLedger()).differences).toEqual([])
}

describe.each(releases)('a database of release %s with data in it', (release, { migrations }) => {
  test('is brought up to date by a start: people sign in, read what they had, ask on, and every sum and chain is as before', async () => {
    const database = await restoreRelease(release, migrations)
    const { rows: sums } = await database.pool.query<Record<string, string>>(
      `select sum(input_tokens) as input, sum(output_tokens) as output, sum(cost_micro_usd) as cost from ledger
       where user_id = (select id from users where email = 'ada@example.org')`,
    )
    const [before] = sums
    const app = await startOn(database)
    const ada = await signIn(app, 'ada@example.org')
    const { body: usage } = await ada.get('/api/v1/usage?from=2026-11-01T00:00:00Z&to=2026-11-24T20:00:00Z')
    expect(usage.totals).toMatchObject({
      inputTokens: Number(before!.input),
      outputTokens: Number(before!.output),
      costMicroUsd: Number(before!.cost),
    })

    const { items } = (await ada.get('/api/v1/conversations')).body as { items: { id: string; title: string }[] }
    const { id } = items.find(({ title }) => title === 'What is 19 * 23?')!
    const { body } = await ada.get(`/api/v1/conversations/${id}/messages`)
    const messages = body.items as { id: string; parentId: string | null; toolCalls: object[]; sources: object[]; content: string }[]
    expect(messages[1]).toMatchObject({ content: '19 × 23 is 437.', toolCalls: [{ name: 'calculator', status: 'done', result: '19 * 23 = 437' }] })
    expect(messages[3]).toMatchObject({ sources: [{ title: 'Cats', url: 'https://cats.example/' }], route: { model: 'gpt-4o' } })
    expect(
      messages.filter(({ parentId }) => parentId === messages[1]!.id),
      'two branches',
    ).toHaveLength(2)
    expect(textOf(await ada.ask(id, 'And what is the answer?'))).toBe('It is 42.')

    expect(await signIn(app, 'grace@example.org')).toMatchObject({ status: 200 })
    expect((await signIn(app, 'eve@example.org')).status, 'still disabled').not.toBe(200)
    await expectSound(database)
  })

  test('goes on with the run that was at work, from its finished steps, and with the one behind it', async () => {
    const database = await restoreRelease(release, migrations)
    const { rows } = await database.pool.query<{ id: string }>(`select id from runs where status in ('running', 'queued') order by position`)
    const app = await startOn(database)
    const bob = await signIn(app, 'bob@example.org')
    expect(rows).toHaveLength(2)
    for (const { id } of rows) expect((await bob.events(id)).at(-1)!.event).toMatchObject({ type: 'RUN_FINISHED' })
    const { items } = (await bob.get('/api/v1/conversations')).body as { items: { id: string }[] }
    const { body } = await bob.get(`/api/v1/conversations/${items[0]!.id}/messages`)
    expect(body.items[1]).toMatchObject({
      status: 'complete',
      content: 'It is 42.',
      toolCalls: [{ result: '7 * 6 = 42' }],
    })
    await expectSound(database)
  })
})

describe('while release 0.1.0 still runs beside this version', () => {
  async function openBoth() {
    const database = await restoreRelease('0.1.0', 6)
    await database.migrate()
    const old = openOldRelease(database.pool)
    const userId = await old.register()
    const conversationId = await old.openConversation(userId)
    return { database, old, billing: billingOf(database), userId, conversationId, accept: () => old.accept(userId, conversationId, 'Hello') }
  }

  test('the migration gives way to a transaction that holds a table, and nobody waits behind it', async () => {
    const database = await restoreRelease('0.1.0', 6)
    const holder = stack.adopt(await database.pool.connect(), (client) => client.release())
    await holder.query('begin; select from runs')
    const migrated = database.migrate()
    const isWaiting = async () => (await database.pool.query(`select from pg_locks where relation = 'runs'::regclass and not granted`)).rowCount === 1
    await expect.poll(isWaiting).toBe(true)
    expect((await database.pool.query('select from runs')).rowCount).toBe(8)
    await holder.query('commit')
    await migrated
    await expectSound(database)
  })

  test('an answer that it accepts, works on and ends is stored, paid for and balanced', async () => {
    const { database, old, userId, accept } = await openBoth()
    const runId = await accept()
    const attempt = await old.claim(runId)
    expect(await old.reserve(userId, runId, 4100)).toBe(true)
    await expectSound(database)
    await old.recordStep(runId, attempt)
    expect(await old.finish(userId, runId, attempt, 'Hello!')).toBe(true)
    await expectSound(database)
    const { rows } = await database.pool.query('select content from messages where run_id = $1 and role = $2', [runId, 'assistant'])
    expect(rows).toEqual([{ content: 'Hello!' }])
  })

  test('a run that it takes over has one reservation, be the first its own or this version’s', async () => {
    const { database, old, billing, userId, accept } = await openBoth()
    const own = await accept()
    await old.claim(own)
    await old.reserve(userId, own, 4100)
    expect(await old.reserve(userId, own, 4100)).toBe(true)
    expect(await old.finish(userId, own, await old.claim(own), 'Mine')).toBe(true)

    const other = await accept()
    const { messageId, conversationId } = { messageId: randomUUID(), conversationId: randomUUID() }
    const bill = billOf({ userId, runId: other, messageId, conversationId, attempt: await old.claim(other) })
    expect(await billing.reserve({ bill, most })).toHaveProperty('reservationId')
    expect(await old.reserve(userId, other, 4100)).toBe(true)
    expect(await old.finish(userId, other, await old.claim(other), 'Taken over')).toBe(true)
    const { rows } = await database.pool.query('select tokens_reserved, reserved_micro_usd from budgets where user_id = $1', [userId])
    expect(rows).toEqual([{ tokens_reserved: '0', reserved_micro_usd: '0' }])
    await expectSound(database)
  })

  test('what it refuses, what it gives back for the dead, and whom it erases leaves the ledger in balance', async () => {
    const { database, old, billing, userId, accept } = await openBoth()
    expect(await old.reserve(userId, await accept(), 4100, 4000)).toBe(false)
    const bill = billOf({ userId, runId: randomUUID(), messageId: randomUUID(), conversationId: randomUUID(), attempt: 1 })
    await billing.reserve({ bill, most })
    await old.reserve(userId, randomUUID(), 500)
    await database.pool.query(`update reservations set created_at = now() - interval '5 minutes' where user_id = $1`, [userId])
    await old.releaseOrphans()
    const { rowCount } = await database.pool.query('select from reservations where user_id = $1', [userId])
    expect(rowCount).toBe(0)
    await expectSound(database)
    await old.erase(userId)
    await expectSound(database)
  })

  test('both add to one audit, and it verifies', async () => {
    const { database, old, userId } = await openBoth()
    const audit = createAudit(database)
    await old.recordAudit(userId)
    await audit.record(database.db, { action: 'user.changed', actorId: userId, address: '127.0.0.1' })
    await expectSound(database)
    await old.recordAudit(userId)
    await expectSound(database)
    await old.erase(userId)
    await expectSound(database)
  })

  test('what it had set aside is in balance after it was backed up and restored', async () => {
    const { database, old, userId, accept } = await openBoth()
    await old.reserve(userId, await accept(), 4100)
    const folder = await mkdtemp(join(tmpdir(), 'jarvis-upgrade-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const place = openFolder(folder)
    const blobs = createBlobs(place)
    const source = { name: 'jarvis.backup', read: () => contentOf(place, 'jarvis.backup') }
    const vectors = { collections: async () => [] } as unknown as Vectors
    await backUp({ ...database, vectors, blobs }, '0.2.0', (bytes) => place.put('jarvis.backup', bytes))
    const target = stack.use(await openDatabase({ url: await copyDatabase(stack, 'template0'), dataDir: tmpdir(), asIs: true }))
    await restore({ ...target, vectors, blobs }, source, await verify(source))
    expect((await target.pool.query('select from reservations')).rowCount).toBe(2)
    await expectSound(target)
  })

  test('a reservation that it made is settled by this version when that takes the run over', async () => {
    const { database, old, billing, userId, accept } = await openBoth()
    const runId = await accept()
    await old.claim(runId)
    await old.reserve(userId, runId, 4100)
    await billing.settleEarlier({ ...billOf({ userId }), runId, attempt: 2 })
    const { rowCount } = await database.pool.query('select from reservations where run_id = $1', [runId])
    expect(rowCount).toBe(0)
    await expectSound(database)
  })
})
