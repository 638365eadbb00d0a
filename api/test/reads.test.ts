import { drizzle } from 'drizzle-orm/node-postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listConversations } from '#features/chat/conversation-list.ts'
import { exportConversations } from '#features/chat/export.ts'
import { messagePage } from '#features/chat/messages.ts'
import { searchConversations } from '#features/chat/search.ts'
import type { Caller } from '#lib/caller.ts'
import { startTestApp, type TestApp } from './test-app.ts'
import { type Database, openDatabase } from '#ports/database/index.ts'
import * as tables from '#ports/database/tables.ts'

let app: TestApp
let database: Database
beforeAll(async () => {
  app = await startTestApp()
  database = await openDatabase({ url: app.settings.DATABASE_URL, dataDir: '', asIs: true })
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

/** A person with so many conversations of two messages each, the newest first called 0; `text` makes the messages. */
async function personWith(count: number, text: (index: number) => string) {
  const person = await app.signUp()
  const rows = Array.from({ length: count }, (_, index) => ({ index, text: text(index) }))
  await database.pool.query(
    `with rows as (select * from jsonb_to_recordset($2::jsonb) as r(index int, text text)),
      made as (insert into conversations (id, user_id, title, updated_at)
        select gen_random_uuid(), $1, 'No ' || index, now() - index * interval '1 microsecond' from rows returning id, title)
    insert into messages (id, conversation_id, role, content, status)
    select gen_random_uuid(), made.id, role, text, 'complete' from made join rows on title = 'No ' || index, (values ('user'), ('assistant')) as roles(role)`,
    [person.user.id, JSON.stringify(rows)],
  )
  const titles = async (query: string) => {
    const { status, body } = await person.get(`/api/v1/conversations?${query}`)
    expect(status).toBe(200)
    return { titles: body.items.map(({ title }: { title: string }) => title) as string[], nextCursor: body.nextCursor as string | null }
  }
  /** All pages of a list, one after another. */
  const all = async (query: string, limit: number) => {
    const found: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await titles(`${query}&limit=${limit}${cursor && `&cursor=${cursor}`}`)
      found.push(...page.titles)
      cursor = page.nextCursor
    }
    return found
  }
  return { ...person, titles, all, caller: { userId: person.user.id } as Caller }
}

const numbers = (count: number, step: number) => Array.from({ length: Math.ceil(count / step) }, (_, index) => `No ${index * step}`)

test('a list is whole and in order page by page, though its times differ by microseconds', async () => {
  const person = await personWith(60, () => 'x')
  expect(await person.all('', 7)).toEqual(numbers(60, 1))
})

test('a search finds the common and the rare in the order of the list, page by page, and nobody else’s', async () => {
  const count = 700
  const person = await personWith(
    count,
    (index) => `Common words. ${index % 100 === 0 ? 'A Rare_Pelican lands' : 'nothing'} ${index === 650 ? '東京の天気' : ''}`,
  )
  await personWith(3, () => 'A rare_pelican lands, 東京の天気')
  expect(await person.all('q=common', 200)).toEqual(numbers(count, 1))
  // Three pages: of what is read one by one, of the indexes, and across both.
  expect(await person.all('q=rare_pelican', 2)).toEqual(numbers(count, 100))
  expect(await person.all('q=rare_pelican', 50)).toEqual(numbers(count, 100))
  for (const q of ['東京', '天', '京の天気']) expect(await person.all(`q=${encodeURIComponent(q)}`, 50)).toEqual(['No 650'])
  for (const q of ['京東', 'rare%pelican', 'rare-pelican']) expect(await person.all(`q=${encodeURIComponent(q)}`, 50)).toEqual([])
  expect(await person.all('q=no+650', 50)).toEqual(['No 650'])
  expect(await person.all('q=common&archived=true', 50)).toEqual([])
})

/** The plans of the statements that a read makes; with these settings, as if its tables were large. */
async function plansOf(
  read: (db: Database['db']) => Promise<unknown>,
  settings = 'enable_seqscan = off; set local enable_sort = off',
): Promise<string[]> {
  const statements: { text: string; values: unknown[] }[] = []
  const logger = { logQuery: (text: string, values: unknown[]) => void statements.push({ text, values }) }
  await read(drizzle(database.pool, { schema: tables, casing: 'snake_case', logger }))
  const client = await database.pool.connect()
  try {
    await client.query(`begin; set local ${settings}`)
    const plans: string[] = []
    for (const { text, values } of statements.filter((statement) => /from "(conversations|messages)"/.test(statement.text))) {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (costs off) ${text}`, values)
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
    }
    await client.query('rollback')
    return plans
  } finally {
    client.release()
  }
}

const cursor = '1764000000000000_01900000-0000-7000-8000-000000000000'

test('each list is read from its own index, in its order, from the cursor on', async () => {
  const { caller } = await personWith(1, () => 'x')
  for (const from of [undefined, cursor]) {
    for (const [archived, index] of [
      ['false', 'conversations_current'],
      ['true', 'conversations_archived'],
    ] as const) {
      const [plan] = await plansOf((db) => listConversations({ db }, caller, { limit: 50, cursor: from, archived }))
      expect(plan).toMatch(new RegExp(`Index Scan Backward using ${index}.*\n +Index Cond: .*user_id`))
      if (from) expect(plan).toMatch(/Index Cond: .*updated_at, id\) </)
      expect(plan).not.toMatch(/Sort|Seq Scan/)
    }
  }
  const [messages] = await plansOf((db) => messagePage({ db }, crypto.randomUUID(), { limit: 50, cursor: 'before_7' }))
  expect(messages).toMatch(/Index Scan Backward using messages_conversation_id_position_index/)
  expect(messages).toMatch(/Index Cond: .*conversation_id = .*"position" < /)
  const [exported] = await plansOf((db) => Array.fromAsync(exportConversations({ db }, caller)))
  expect(exported).toMatch(/conversations_user_id/)
  expect(exported).toMatch(/messages_conversation_id_position_index/)
  expect(exported).not.toMatch(/Seq Scan/)
})

test('an export has every message once and in order, and holds as few rows of many as of some', async () => {
  const text = 'x'.repeat(5000)
  const held = async (conversations: number, messages: number) => {
    const person = await personWith(conversations, () => text)
    await database.pool.query(
      `insert into messages (id, conversation_id, role, content, status)
      select gen_random_uuid(), id, 'user', n || $2, 'complete' from conversations, generate_series(1, $3::int) n where user_id = $1 and title = 'No 0'`,
      [person.caller.userId, text, messages],
    )
    let bytesMax = 0
    const query = database.pool.query.bind(database.pool) as (...args: unknown[]) => Promise<{ rows: unknown[] }>
    const pool = {
      query: async (...args: unknown[]) => {
        const result = await query(...args)
        bytesMax = Math.max(bytesMax, JSON.stringify(result.rows).length)
        return result
      },
    }
    const db = drizzle(pool as unknown as Database['pool'], { schema: tables, casing: 'snake_case' })
    const found: { title: string; texts: string[] }[] = []
    for await (const { title, messages } of exportConversations({ db }, person.caller))
      found.push({ title, texts: (await Array.fromAsync(messages)).map(({ content }) => content) })
    expect(found.map(({ title }) => title).toSorted()).toEqual(numbers(conversations, 1).toSorted())
    for (const { title, texts } of found)
      expect(texts).toEqual([text, text, ...(title === 'No 0' ? Array.from({ length: messages }, (_, index) => `${index + 1}${text}`) : [])])
    return bytesMax
  }
  // A page of ten conversations with two messages each, and 64 kB of the long one.
  const few = await held(10, 30)
  const many = await held(100, 300)
  expect(few).toBeGreaterThan(150_000)
  expect(many).toBeLessThan(1.1 * few)
})

test('what a search does not find among the newest it looks up in the indexes of titles and text', async () => {
  const { caller } = await personWith(20_000, (index) => `Some words and ${index}`)
  // As the server does by itself now and then: rows that no index has sorted in yet make each look-up dear, and the plan another.
  await database.pool.query('vacuum analyze conversations, messages')
  const plan = async (q: string) => {
    const plans = await plansOf((db) => searchConversations({ db }, caller, q, { limit: 50, archived: 'false' }), 'jit = off')
    expect(plans).toHaveLength(2)
    return plans[1]
  }
  const rare = await plan('pelican')
  expect(rare).toMatch(/Bitmap Index Scan on messages_content_trigrams/)
  expect(rare).not.toMatch(/Seq Scan on messages/)
  expect(await plan('東京')).toMatch(/Bitmap Index Scan on messages_content_cjk/)
})

test('a search that takes too long says so, and where there are no trigrams one still finds', async () => {
  await using own = await startTestApp()
  await using direct = await openDatabase({ url: own.settings.DATABASE_URL, dataDir: '', asIs: true })
  await direct.pool.query('drop extension pg_trgm cascade')
  const person = await own.signUp()
  await person.post('/api/v1/conversations', { title: 'A rare pelican' })
  expect((await person.get('/api/v1/conversations?q=PELICAN')).body.items).toHaveLength(1)
  await direct.pool.query(
    `insert into messages (id, conversation_id, role, content, status) select gen_random_uuid(), id, 'user', '東京', 'complete' from conversations`,
  )
  await direct.pool.query(`insert into conversations (id, user_id) select gen_random_uuid(), $1 from generate_series(1, 300)`, [person.user.id])
  await direct.pool.query(`create or replace function has_cjk(value text) returns boolean language sql volatile as 'select pg_sleep(60) is null'`)
  const slow = await person.get(`/api/v1/conversations?q=${encodeURIComponent('東京')}`)
  expect(slow).toMatchObject({ status: 503, body: { code: 'overloaded' } })
  expect(slow.headers.get('retry-after')).toBe('5')
})

test('one person’s searches have a share: two work, what is too many is refused, and nobody else waits for them', async () => {
  await using own = await startTestApp()
  await using direct = await openDatabase({ url: own.settings.DATABASE_URL, dataDir: '', asIs: true })
  const [busy, other] = [await own.signUp(), await own.signUp()]
  await other.post('/api/v1/conversations', { title: 'A rare pelican' })
  await direct.pool.query(
    `with made as (insert into conversations (id, user_id, updated_at) select gen_random_uuid(), $1, now() - n * interval '1 s' from generate_series(0, 300) n returning id)
    insert into messages (id, conversation_id, role, content, status) select gen_random_uuid(), id, 'user', '東京', 'complete' from made`,
    [busy.user.id],
  )
  await direct.pool.query(`create or replace function has_cjk(value text) returns boolean language sql volatile as
    'select pg_advisory_xact_lock_shared(42) is not null'`)
  const gate = await direct.pool.connect()
  await gate.query('select pg_advisory_lock(42)')
  const searching = async () =>
    (await gate.query(`select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`)).rowCount

  const searches = Array.from({ length: 12 }, () => busy.get(`/api/v1/conversations?q=${encodeURIComponent('東京 天')}`))
  const refused = Promise.race(searches.map(async (search) => (await search).status === 429 || new Promise(() => {})))
  await refused
  expect((await other.get('/api/v1/conversations?q=pelican')).body.items).toHaveLength(1)
  expect((await busy.get('/api/v1/conversations')).status).toBe(200)
  expect((await busy.get('/api/v1/me/export')).body.conversations).toHaveLength(301)
  expect(await searching()).toBeLessThanOrEqual(2)
  await gate.query('select pg_advisory_unlock(42)')
  gate.release()
  const answers = await Promise.all(searches)
  // Held for long, on a slow machine, a search may have ended by its own limit, and another have taken its place.
  const tooMany = answers.filter(({ status }) => status === 429)
  expect(tooMany.map(({ body, headers }) => [body.code, headers.get('retry-after')])).toEqual(tooMany.map(() => ['rate_limited', '2']))
  expect(answers.every(({ status }) => [200, 503, 429].includes(status))).toBe(true)
})

test('messages come newest page first, each page in the order it grew, and all of them by the cursor', async () => {
  const person = await personWith(1, () => 'x')
  const { id } = (await person.get('/api/v1/conversations')).body.items[0]
  await database.pool.query(
    `insert into messages (id, conversation_id, role, content, status) select gen_random_uuid(), $1, 'user', n, 'complete' from generate_series(3, 120) n`,
    [id],
  )
  const read = async (query = '') => (await person.get(`/api/v1/conversations/${id}/messages${query}`)).body
  const newest = await read()
  const contents = (page: typeof newest) => page.items.map(({ content }: { content: string }) => content)
  const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => String(from + index))
  expect(contents(newest)).toEqual(span(71, 120))
  const before = await read(`?cursor=${newest.nextCursor}`)
  expect(contents(before)).toEqual(span(21, 70))
  const first = await read(`?cursor=${before.nextCursor}`)
  expect(contents(first)).toEqual(['x', 'x', ...span(3, 20)])
  expect(first.nextCursor).toBe(null)
  expect(await read('?limit=1000')).toMatchObject({ items: { length: 120 }, nextCursor: null })
  expect((await person.get(`/api/v1/conversations/${id}/messages?cursor=7`)).body.code).toBe('invalid_request')
})

test('an export holds every conversation with every message, in order', async () => {
  const person = await personWith(25, (index) => `text ${index}`)
  const { id } = (await person.get('/api/v1/conversations')).body.items[0]
  await database.pool.query(
    `insert into messages (id, conversation_id, role, content, status) select gen_random_uuid(), $1, 'user', n, 'complete' from generate_series(1, 35) n`,
    [id],
  )
  type Exported = { id: string; messages: { content: string }[] }
  const { conversations } = (await person.get('/api/v1/me/export')).body as { conversations: Exported[] }
  expect(new Set(conversations.map((conversation) => conversation.id)).size).toBe(25)
  const long = conversations.find((conversation) => conversation.id === id)!
  expect(long.messages.map(({ content }) => content)).toEqual(['text 0', 'text 0', ...Array.from({ length: 35 }, (_, index) => String(index + 1))])
  expect(conversations.filter(({ messages }) => messages.length === 2)).toHaveLength(24)
})
