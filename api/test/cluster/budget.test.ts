import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { createBilling } from '#features/billing/index.ts'
import { createLog } from '#lib/log.ts'
import { openDatabase } from '#ports/database/index.ts'
import type { ModelTool } from '#ports/models/index.ts'
import { promptTokensMax } from '#ports/models/prompt-bound.ts'
import { copyDatabase } from '../test-app.ts'
import { rounds, startCluster, startModel, until } from './cluster.ts'
import type { Order, Report } from './spender.ts'

const sends = 200
const processes = 3
/** As a spending process has it. */
const price = { inputMicroUsdPerMillion: 1_000_000, outputMicroUsdPerMillion: 3_000_000, outputTokensMax: 200 }
const costOfOne = 100 + 200 * 3
type Sent = { role: 'system' | 'user'; content: string }
const spender = join(import.meta.dirname, 'spender.ts')

async function openBilling(stack: AsyncDisposableStack, url: string) {
  const { db } = stack.use(await openDatabase({ url, dataDir: '' }))
  return { db, billing: createBilling({ db, modelOf: () => price, log: createLog('silent') }) }
}

async function startSpender(stack: AsyncDisposableStack, url: string): Promise<ChildProcess> {
  const child = fork(spender, [url], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  stack.defer(() => void child.kill('SIGKILL'))
  await once(child, 'message')
  return child
}

async function give(child: ChildProcess, order: Order): Promise<Extract<Report, { done: number }>> {
  const answered = once(child, 'message') as Promise<[Extract<Report, { done: number }>]>
  child.send(order)
  return (await answered)[0]
}

async function startSpenders() {
  await using stack = new AsyncDisposableStack()
  const url = await copyDatabase(stack)
  const { db, billing } = await openBilling(stack, url)
  await db.execute(sql`create table truth (tokens bigint, cost bigint)`)
  const children = await Promise.all(Array.from({ length: processes }, () => startSpender(stack, url)))
  const resources = stack.move()
  return {
    db,
    billing,
    children,
    replace: async (index: number) => (children[index] = await startSpender(resources, url)),
    async newPerson(ceilingMicroUsd: number | null): Promise<string> {
      const id = randomUUID()
      await db.execute(sql`
        insert into users (id, email, name, password_hash, role, plan, ceiling_micro_usd)
        values (${id}, ${id}, 'Ada', '', 'user', 'enterprise', ${ceilingMicroUsd})`)
      return id
    },
    /** An organisation with a seat for each of these people; what each, and all, may spend. */
    async newOrganisation(people: string[], { all, each }: { all: number | null; each: number | null }): Promise<void> {
      const id = randomUUID()
      await db.execute(sql`insert into organisations (id, name, plan, seats) values (${id}, 'Example', 'enterprise', ${people.length})`)
      await db.execute(sql`insert into budget_scopes (id, kind, ceiling_micro_usd) values (${id}, 'organisation', ${all})`)
      for (const userId of people) {
        const member = randomUUID()
        await db.execute(sql`insert into members (id, organisation_id, user_id, role, seat) values (${member}, ${id}, ${userId}, 'member', 'held')`)
        await db.execute(sql`insert into budget_scopes (id, kind, ceiling_micro_usd) values (${member}, 'member', ${each})`)
      }
    },
    async newScope(kind: 'member' | 'organisation', ceilingMicroUsd: number | null): Promise<string> {
      const id = randomUUID()
      await db.execute(sql`insert into budget_scopes (id, kind, ceiling_micro_usd) values (${id}, ${kind}, ${ceilingMicroUsd})`)
      return id
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

test.for([
  ['a person', 20],
  ['the installation', 20],
  ['an organisation', 20],
] as const)(`of ${sends} calls at once on ${processes} processes, exactly as many run as the ceiling of %s is enough for`, async ([whose, count]) => {
  await using spenders = await startSpenders()
  for (let round = 1; round <= rounds(count); round++) {
    const enoughFor = 1 + ((round * 37) % (sends - 1))
    // Not enough for one more, even if its answer is cut short.
    const ceiling = enoughFor * costOfOne + 99
    if (whose === 'the installation') {
      const { costMicroUsd, reservedMicroUsd } = await spenders.billing.monthFigures()
      await spenders.billing.setInstallationCeiling(costMicroUsd + reservedMicroUsd + ceiling)
    }
    const people = await Promise.all(spenders.children.map(() => spenders.newPerson(null)))
    const person = await spenders.newPerson(ceiling)
    const organisation = await spenders.newScope('organisation', ceiling)
    const members = await Promise.all(people.map(() => spenders.newScope('member', null)))
    const reports = await Promise.all(
      spenders.children.map((child, index) => {
        const calls = Math.floor(sends / processes) + (index < sends % processes ? 1 : 0)
        const scopes = whose === 'an organisation' ? { scopes: [members[index]!, organisation] } : {}
        return give(child, { userId: whose === 'a person' ? person : people[index]!, calls, settles: false, ...scopes })
      }),
    )
    expect(reports.reduce((sum, { done }) => sum + done, 0)).toBe(enoughFor)
  }
  expect((await spenders.billing.verifyLedger()).differences).toEqual([])
})

test.for(['member', 'organisation', 'installation'] as const)(
  `of ${sends} calls at once on ${processes} processes by members whose share, organisation and installation are all bounded, exactly as many run as the narrowest, the %s’s, is enough for`,
  async (narrowest) => {
    await using spenders = await startSpenders()
    for (let round = 1; round <= rounds(4); round++) {
      const enoughFor = 1 + ((round * 41) % (Math.floor(sends / processes) - 1))
      const ceiling = enoughFor * costOfOne + 99
      const wide = sends * costOfOne * 2
      const of = (scope: typeof narrowest) => (scope === narrowest ? ceiling : wide)
      const { costMicroUsd, reservedMicroUsd } = await spenders.billing.monthFigures()
      await spenders.billing.setInstallationCeiling(costMicroUsd + reservedMicroUsd + of('installation'))
      // One member is at work on every process at once where their share is the narrowest.
      const people = await Promise.all(spenders.children.map(() => spenders.newPerson(null)))
      await spenders.newOrganisation(people, { all: of('organisation'), each: of('member') })
      const reports = await Promise.all(
        spenders.children.map((child, index) => {
          const calls = Math.floor(sends / processes) + (index < sends % processes ? 1 : 0)
          return give(child, { userId: people[narrowest === 'member' ? 0 : index]!, calls, settles: false })
        }),
      )
      expect(reports.reduce((sum, { done }) => sum + done, 0)).toBe(enoughFor)
    }
    expect((await spenders.billing.verifyLedger()).differences).toEqual([])
  },
)

test('whatever moment a spending process is killed at, the ledger holds exactly what was stored, and an estimate for each call that was lost', async () => {
  await using spenders = await startSpenders()
  await spenders.billing.setInstallationCeiling(1e12)
  const person = await spenders.newPerson(null)
  const spends = { userId: person, calls: 60, settles: true } satisfies Order
  const began = performance.now()
  await give(spenders.children[0]!, spends)
  // Moments all over the time that spending takes here.
  const spendingMs = performance.now() - began
  const count = rounds(12)
  for (let round = 0; round < count; round++) {
    const victim = spenders.children[0]!
    const killed = once(victim, 'exit')
    const reports = spenders.children.slice(1).map((child) => give(child, { userId: person, calls: 20, settles: true }))
    victim.send(spends)
    await wait((round / count) * spendingMs)
    victim.kill('SIGKILL')
    await Promise.all([killed, ...reports])
    await spenders.replace(0)
  }
  // A statement of the dead may still be under way.
  await until(
    async () =>
      (
        await spenders.db.execute(
          sql`select from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid()`,
        )
      ).rowCount === 0,
  )
  await spenders.db.execute(sql`update reservations set created_at = now() - interval '3 minutes'`)
  const left = (await spenders.billing.verifyLedger()).openReservations
  await spenders.billing.settleOrphans()
  const verdict = await spenders.billing.verifyLedger()
  const [sums] = (
    await spenders.db.execute<Record<string, string>>(sql`
        select (select sum(tokens) from truth) as stored, (select sum(cost) from truth) as stored_cost,
          sum(input_tokens + output_tokens) filter (where entry = 'settlement') as settled, sum(cost_micro_usd) filter (where entry = 'settlement') as settled_cost,
          count(*) filter (where entry = 'estimate') as lost, sum(cost_micro_usd) filter (where entry = 'estimate') as lost_cost,
          (select sum(tokens_reserved + reserved_micro_usd) from budgets) as reserved from ledger`)
  ).rows
  expect(left).toBeGreaterThan(0)
  expect(verdict).toMatchObject({ differences: [], openReservations: 0 })
  // Each had set 100 tokens aside for its prompt, which is taken to be a quarter of that bound.
  expect(sums).toMatchObject({
    settled: sums!.stored,
    settled_cost: sums!.stored_cost,
    lost: String(left),
    lost_cost: String(left * 25),
    reserved: '0',
  })
})

test(`of ${sends} messages at once to ${processes} processes, exactly as many are answered as the installation’s ceiling is enough for`, async () => {
  const table = join(tmpdir(), `jarvis-models-${randomUUID()}.json`)
  const model = {
    id: 'dear',
    name: 'Dear',
    tier: 'economy',
    contextTokens: 32_000,
    outputTokensMax: 512,
    inputMicroUsdPerMillion: 2_000_000,
    outputMicroUsdPerMillion: 8_000_000,
  }
  const embedding = { model: 'text-embedding-3-small', inputMicroUsdPerMillion: 0 }
  await writeFile(table, JSON.stringify({ models: [model], auto: { free: 'dear', pro: 'dear', enterprise: 'dear' }, economy: 'dear', embedding }))
  // A provider that bills the most that it may: nothing comes back, and what is set aside is what is spent.
  await using provider = await startModel(({ body }) => {
    const { messages, tools, max_tokens } = body as { messages: Sent[]; tools: { function: ModelTool }[]; max_tokens: number }
    const prompt = messages.map(({ role, content }) => ({ role, text: content }))
    const offered = tools.map((tool) => tool.function)
    return { text: 'Yes.', usage: { prompt_tokens: promptTokensMax(prompt, offered), completion_tokens: max_tokens } }
  })
  await using cluster = await startCluster({ modelUrl: provider.url, settings: { MODELS_FILE: table, RUNS_WAITING_MAX: '1000' } })
  await using stack = new AsyncDisposableStack()
  const { billing } = await openBilling(stack, cluster.databaseUrl)
  const people = await Promise.all(Array.from({ length: 5 }, () => cluster.signUp()))
  const spent = async () => (await billing.monthFigures()).costMicroUsd

  async function send(index: number): Promise<string> {
    const person = people[index % people.length]!.on(cluster.urls[index % processes]!)
    const conversation = await person.newConversation()
    const { body, status } = await person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: randomUUID(), content: 'Is it so?' })
    expect(status).toBe(202)
    return body.runId as string
  }
  const ended = async (ids: string[]) => {
    const finished = () =>
      cluster.query<{ error_code: string | null }>('select error_code from runs where id = any($1) and finished_at is not null', [ids])
    await until(async () => (await finished()).length === ids.length, 60_000)
    return (await finished()).map(({ error_code }) => error_code)
  }
  await ended([await send(0)])
  const costOfOne = await spent()

  for (const enoughFor of [1, 37, 160]) {
    const before = await spent()
    await billing.setInstallationCeiling(before + enoughFor * costOfOne)
    const codes = await ended(await Promise.all(Array.from({ length: sends }, (_, index) => send(index))))
    expect(codes.filter((code) => code === null)).toHaveLength(enoughFor)
    expect(codes.filter((code) => code === 'ceiling_reached')).toHaveLength(sends - enoughFor)
    expect(await spent()).toBe(before + enoughFor * costOfOne)
  }
  expect(provider.requests.filter(({ path }) => path.endsWith('/completions'))).toHaveLength(1 + 1 + 37 + 160)
  expect((await billing.verifyLedger()).differences).toEqual([])
})

test('a run whose process is killed in mid-call is paid for by the attempt that answered, and the lost call stands as an estimate', async () => {
  let calls = 0
  await using provider = await startModel(({ path }) => {
    if (path.endsWith('/completions') && ++calls === 1) return { stall: 'mid-stream', afterText: 'It is lost' }
    return { text: 'It is so.', usage: { prompt_tokens: 400, completion_tokens: 5 } }
  })
  await using cluster = await startCluster({ modelUrl: provider.url, replicas: [{ JARVIS_ROLES: 'api' }, { JARVIS_ROLES: 'worker' }] })
  await using stack = new AsyncDisposableStack()
  const { billing } = await openBilling(stack, cluster.databaseUrl)
  const person = await cluster.signUp()
  const client = person.on(cluster.urls[0]!)
  const conversation = await client.newConversation()
  const { body } = await client.post(`/api/v1/conversations/${conversation}/messages`, { messageId: randomUUID(), content: 'Is it so?' })
  await until(() => calls === 1)
  await cluster.replicas[1]!.kill()
  await cluster.replicas[1]!.start()
  await until(async () => (await cluster.query('select from runs where finished_at is not null')).length === 1, 60_000)
  const { items } = (await client.get(`/api/v1/conversations/${conversation}/messages`)).body
  expect(items[1]).toMatchObject({ content: 'It is so.', usage: { inputTokens: 400, outputTokens: 5 } })
  const usage = (await client.get('/api/v1/usage?group=conversation')).body
  const booked = usage.items.find(({ key }: { key: string }) => key === conversation)
  expect(booked).toMatchObject({ calls: 2, estimatedCalls: 1 })
  // Ten characters of the lost answer, where they had reached the run's log.
  expect([5, 5 + 3]).toContain(booked.outputTokens)
  expect(booked.inputTokens).toBeGreaterThan(400)
  const entries = await cluster.query<{ entry: string }>(`select entry from ledger where run_id = $1 and kind = 'answer' order by id`, [body.runId])
  expect(entries.map(({ entry }) => entry)).toEqual(['reservation', 'estimate', 'refund', 'reservation', 'settlement', 'refund'])
  expect(usage.cycle).toMatchObject({ tokensReserved: 0, reservedMicroUsd: 0 })
  expect((await billing.verifyLedger()).differences).toEqual([])
})
