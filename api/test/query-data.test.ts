import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Script } from '../../simulators/openai/scripted.ts'
import { startModel } from './cluster/cluster.ts'
import { startTestApp, type TestApp } from './test-app.ts'

let model: Awaited<ReturnType<typeof startModel>>
let app: TestApp
let script: Exclude<Script, unknown[]>
beforeAll(async () => {
  model = await startModel((request, index) => script(request, index))
  app = await startTestApp({ OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk', TABLE_ROWS_SHOWN: '1' })
  await app.signUp()
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await model[Symbol.asyncDispose]()
})

type Signed = Awaited<ReturnType<TestApp['signUp']>>
async function upload({ accessToken }: Signed, name: string, bytes: string): Promise<string> {
  const form = new FormData()
  form.append('file', new Blob([bytes]), name)
  const answer = await fetch(`${app.url}/api/v1/files`, { method: 'POST', headers: { authorization: `Bearer ${accessToken}` }, body: form })
  expect(answer.status).toBe(201)
  return (await answer.json()).id
}

const sales = 'region,units\nNorth,3\nSouth,4\nNorth,5\n'
/** Asks the tool, then says what it returned. */
const asks = (args: object): Exclude<Script, unknown[]> => {
  return ({ body }) =>
    JSON.stringify(body['messages'] ?? '').includes('"role":"tool"') ? { text: 'Here.' } : { toolCalls: [{ name: 'query_data', arguments: args }] }
}
const sent = () => model.requests.filter(({ body }) => body['messages']).map(({ body }) => JSON.stringify(body['messages']))

async function call(person: Signed, args: object, files: string[] = []) {
  script = asks(args)
  const id = await person.newConversation()
  await person.ask(id, 'How many?', files.length > 0 ? { files } : {})
  const [, answer] = (await person.get(`/api/v1/conversations/${id}/messages`)).body.items
  return answer.toolCalls[0] as { status: string; args: string; result: string }
}

test('a question to a table is answered by SQL, and no row goes to a model but those that it is shown and the result', async () => {
  const person = await app.signUp()
  const file = await upload(person, 'Sales 2026.csv', sales)
  const before = sent().length
  const listed = await call(person, {}, [file])
  expect(JSON.parse(listed.result)).toEqual({
    tables: [
      {
        file: 'Sales 2026.csv',
        name: 'sales_2026',
        rows: 3,
        columns: [
          { name: 'region', type: 'VARCHAR' },
          { name: 'units', type: 'BIGINT' },
        ],
        sample: [['North', 3]],
      },
    ],
  })
  const chart = { kind: 'bar', x: 'region', y: 'units' }
  const { result, args } = await call(person, { sql: 'select region, sum(units)::int as units from sales_2026 group by all order by 1', chart }, [
    file,
  ])
  expect(JSON.parse(result).rows).toEqual([
    ['North', 8],
    ['South', 4],
  ])
  expect(JSON.parse(args)).toMatchObject({ chart })
  expect(sent().slice(before).join()).toContain('A table. query_data answers questions about it in SQL.')
  expect(sent().slice(before).join()).not.toMatch(/South,4|North,5/)
  // The result is from outside: it is marked off, and it taints.
  expect(sent().at(-1)).toMatch(/<untrusted-\w+ source=\\"query_data\\">/)
  const missing = await call(person, { sql: 'select 1 as a', chart }, [file])
  expect(JSON.parse(missing.result).note).toBe('The chart was not drawn: the result has no column region, units.')
})

test('what is wrong with a question is said, with what could have been asked for', async () => {
  const person = await app.signUp()
  const file = await upload(person, 'sales.csv', sales)
  const { status, result } = await call(person, { sql: 'select amount from sales' }, [file])
  expect(status).toBe('failed')
  expect(result).toMatch(/"amount" not found[^]*Table "sales": "region" VARCHAR, "units" BIGINT/)
  const { result: refused } = await call(person, { sql: 'drop table sales' }, [file])
  expect(refused).toContain('Only questions are answered here')
})

test('a question sees the tables of its conversation or, where it has none, its person’s, and nobody else’s', async () => {
  const [person, stranger] = await Promise.all([app.signUp(), app.signUp()])
  const mine = await upload(person, 'mine.csv', sales)
  await upload(person, 'other.csv', 'a\n1\n')
  await upload(stranger, 'theirs.csv', 'secret\ncanary\n')
  const names = ({ result }: { result: string }) => (JSON.parse(result).tables as { name: string }[]).map(({ name }) => name).toSorted()
  expect(names(await call(person, {}, [mine]))).toEqual(['mine'])
  expect(names(await call(person, {}))).toEqual(['mine', 'other'])
  const { result } = await call(person, { sql: 'select * from theirs' })
  expect(result).toContain('does not exist')
  expect(result).not.toContain('canary')
  await person.delete(`/api/v1/files/${mine}`)
  expect(names(await call(person, {}))).toEqual(['other'])
})

test('the tool is offered to those who have a table', async () => {
  script = () => ({ text: 'Well.' })
  const person = await app.signUp()
  const id = await person.newConversation()
  const offered = () =>
    (model.requests.findLast(({ body }) => body['messages'])!.body['tools'] as { function: { name: string } }[]).map((tool) => tool.function.name)
  await upload(person, 'a.txt', 'no table')
  await person.ask(id, 'Hello')
  expect(offered()).not.toContain('query_data')
  await upload(person, 'a.csv', sales)
  await person.ask(id, 'Hello again')
  expect(offered()).toContain('query_data')
})

test('a file that is no table, whatever its name says, is named, and the others are asked', async () => {
  const person = await app.signUp()
  const files = [await upload(person, 'broken.json', '{"a": [1,'), await upload(person, 'sales.csv', sales)]
  const { result } = await call(person, {}, files)
  expect(JSON.parse(result)).toMatchObject({ tables: [{ name: 'sales' }], unreadable: ['broken.json'] })
})
