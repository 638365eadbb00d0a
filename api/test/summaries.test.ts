import { Pool } from 'pg'
import { expect, test } from 'vitest'
import { startScriptedModel } from '../../simulators/openai/scripted.ts'
import { until } from './cluster/cluster.ts'
import { copyDatabase, startTestApp } from './test-app.ts'

const summary = 'The person’s boat is called Seestern.'
const filler = 'The weather on the lake was fine that day. '.repeat(280)

test('what no longer fits into the window reaches the model as a summary, which is charged, and which is not the person’s word', async () => {
  await using stack = new AsyncDisposableStack()
  const model = await startScriptedModel(({ body }) => {
    const isSummary = JSON.stringify(body.messages).includes('running summary')
    return { text: isSummary ? summary : 'I see.', usage: { prompt_tokens: isSummary ? 5000 : 100, completion_tokens: 10 } }
  })
  stack.defer(() => model.close())
  const app = stack.use(await startTestApp({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: model.url }))
  const person = await app.signUp()
  await app.database.pool.query(`update users set plan = 'enterprise' where id = $1`, [person.user.id])
  // Else the boat is recalled, or not, as the job that finds facts is done by then.
  await person.patch('/api/v1/me', { memory: 'paused' })
  const conversation = await person.newConversation()
  const sent = (marker: string) =>
    model.requests
      .map(({ body }) => (body.messages ?? []) as { role: string; content: string }[])
      .filter((messages) => JSON.stringify(messages).includes(marker))

  await person.ask(conversation, `My boat is called Seestern. ${filler}`)
  for (let turn = 0; turn < 4; turn++) await person.ask(conversation, `Turn ${turn}. ${filler}`)
  await expect.poll(() => sent('running summary')).toHaveLength(1)
  const [asked] = sent('running summary')
  expect(asked!.at(-1)!.content).toContain('My boat is called Seestern.')
  await expect.poll(async () => (await app.database.pool.query('select from conversation_summaries')).rowCount).toBe(1)

  await person.ask(conversation, 'What is it called?')
  const [last] = sent('What is it called?')
  expect(last!.some(({ content }) => content.startsWith('My boat is called'))).toBe(false)
  expect(last!.filter(({ content }) => content.includes(summary))).toEqual([
    { role: 'assistant', content: expect.stringContaining(summary) as string },
  ])
  expect(last!.some(({ content }) => content.startsWith('Turn 3.'))).toBe(true)
  const { items } = (await person.get('/api/v1/usage?group=model')).body as { items: { key: string; inputTokens: number }[] }
  expect(items.filter(({ key }) => key.startsWith('gpt')).reduce((sum, { inputTokens }) => sum + inputTokens, 0)).toBe(6 * 100 + 5000)
})

test('a summary whose call fails gives back what was set aside for it, each time that it is tried', async () => {
  await using stack = new AsyncDisposableStack()
  const model = await startScriptedModel(({ body }) =>
    JSON.stringify(body.messages).includes('running summary')
      ? { status: 500 }
      : { text: 'I see.', usage: { prompt_tokens: 100, completion_tokens: 10 } },
  )
  stack.defer(() => model.close())
  const app = stack.use(await startTestApp({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: model.url }))
  const person = await app.signUp()
  await app.database.pool.query(`update users set plan = 'enterprise' where id = $1`, [person.user.id])
  const conversation = await person.newConversation()
  for (let turn = 0; turn < 5; turn++) await person.ask(conversation, `Turn ${turn}. ${filler}`)
  const tried = () => model.requests.filter(({ body }) => JSON.stringify(body.messages ?? '').includes('running summary'))
  await expect.poll(() => tried().length).toBeGreaterThan(0)
  const { cycle } = (await person.get('/api/v1/usage')).body
  await expect.poll(async () => (await person.get('/api/v1/usage')).body.cycle).toMatchObject({ tokensReserved: 0, reservedMicroUsd: 0 })
  expect(cycle.tokensUsed).toBe(5 * 110)
})

test('a summary that is at work while its person is erased is not written, and keeps nothing set aside', async () => {
  await using stack = new AsyncDisposableStack()
  const [asked, erased] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const model = await startScriptedModel(async ({ body }) => {
    if (!JSON.stringify(body.messages).includes('running summary')) return { text: 'I see.' }
    asked.resolve()
    await erased.promise
    return { text: summary }
  })
  stack.defer(() => model.close())
  const databaseUrl = await copyDatabase(stack)
  const pool = new Pool({ connectionString: databaseUrl })
  stack.defer(() => pool.end())
  const count = async (table: string) => (await pool.query(`select from ${table}`)).rowCount
  {
    await using app = await startTestApp({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: model.url, DATABASE_URL: databaseUrl })
    await app.signUp()
    const person = await app.signUp()
    await pool.query(`update users set plan = 'enterprise' where id = $1`, [person.user.id])
    const conversation = await person.newConversation()
    for (let turn = 0; turn < 5; turn++) await person.ask(conversation, `Turn ${turn}. ${filler}`)
    await asked.promise
    expect(await count('reservations')).toBe(1)
    expect([202, 204]).toContain((await person.delete('/api/v1/me')).status)
    await until(async () => (await pool.query('select from erasures where finished_at is null')).rowCount === 0)
    erased.resolve()
    await until(() => model.openStreams() === 0)
    // Closing waits for the job.
  }
  expect(await count('conversation_summaries')).toBe(0)
  expect(await count('reservations')).toBe(0)
  expect((await pool.query('select from budgets where tokens_reserved <> 0 or reserved_micro_usd <> 0')).rowCount).toBe(0)
})
