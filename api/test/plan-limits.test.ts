import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from './test-app.ts'
import { startTwoApps } from './two-apps.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>
let apps: Awaited<ReturnType<typeof startTwoApps>>
let app: TestApp
let other: TestApp
let admin: Person
beforeAll(async () => {
  apps = await startTwoApps()
  ;({ app, other } = apps)
  admin = await app.signUp()
})
afterAll(() => apps[Symbol.asyncDispose]())

const path = (plan: string) => `/api/v1/admin/plans/${plan}`
const planOf = async (person: Person) => (await person.get('/api/v1/plans')).body.items.find((plan: { current: boolean }) => plan.current)
/** The same person, at the other process. */
function there({ accessToken }: Person) {
  const client = other.anyone()
  client.useToken(accessToken)
  return client
}
const endOf = async (person: Person, conversation: string) => (await person.ask(conversation, 'Hello')).at(-1)

test('an administrator sets what a plan allows; it acts on tokens at the next call, and on requests in every process', async () => {
  const person = await app.signUp()
  const elsewhere = there(person)
  expect(await planOf(person)).toMatchObject({ id: 'free', requestsPerMinute: 20, tokensPerCycle: 100_000 })

  const answer = await admin.patch(path('free'), { requestsPerMinute: 3, tokensPerCycle: 0 })
  expect(answer).toMatchObject({
    status: 200,
    body: { id: 'free', requestsPerMinute: { chosen: 3, builtIn: 20 }, tokensPerCycle: { chosen: 0, builtIn: 100_000 } },
  })
  expect(await planOf(person)).toMatchObject({ requestsPerMinute: 3, tokensPerCycle: 0 })
  expect((await person.get('/api/v1/usage')).body.cycle.tokensMax).toBe(0)
  const conversation = await person.newConversation()
  await expect
    .poll(async () => (await elsewhere.post(`/api/v1/conversations/${conversation}/messages`, {})).headers.get('ratelimit-policy'))
    .toBe('"plan";q=3;w=60')
  expect(await endOf(person, conversation)).toMatchObject({ type: 'RUN_ERROR', code: 'budget_exhausted' })

  // Null: as built in. What is absent stays.
  expect((await admin.patch(path('free'), { tokensPerCycle: null })).body).toMatchObject({
    requestsPerMinute: { chosen: 3 },
    tokensPerCycle: { chosen: null },
  })
  expect(await endOf(person, await person.newConversation())).toMatchObject({ type: 'RUN_FINISHED' })
  await admin.patch(path('free'), { requestsPerMinute: null })
  expect(await planOf(person)).toMatchObject({ requestsPerMinute: 20, tokensPerCycle: 100_000 })

  const audited = (await admin.get('/api/v1/admin/audit?action=settings.changed')).body.items.filter(
    ({ target }: { target: string }) => target === 'plans',
  )
  expect(audited.map(({ details }: { details: object }) => details)).toEqual([
    { 'free.requestsPerMinute': '3 → none' },
    { 'free.tokensPerCycle': '0 → none' },
    { 'free.requestsPerMinute': 'none → 3', 'free.tokensPerCycle': 'none → 0' },
  ])
})

test('seats of an organisation give the tokens of their plan, before and after a change of it', async () => {
  const owner = await app.signUp()
  const { id } = (await owner.post('/api/v1/organisations', { name: 'Example Ltd' })).body
  const give = (body: object) => admin.patch(`/api/v1/admin/organisations/${id}`, body)
  const tokensMax = async () => (await owner.get(`/api/v1/organisations/${id}/budget`)).body.tokensMax
  await give({ plan: 'pro', seats: 2 })
  expect(await tokensMax()).toBe(2_000_000)
  await admin.patch(path('pro'), { tokensPerCycle: 70_000 })
  expect(await tokensMax()).toBe(140_000)
  await give({ seats: 3 })
  expect(await tokensMax()).toBe(210_000)
  await admin.patch(path('pro'), { tokensPerCycle: null })
  expect(await tokensMax()).toBe(3_000_000)
})

test('who is no administrator reads and sets nothing; a number that cannot be is refused by its name', async () => {
  const person = await app.signUp()
  expect([(await person.get('/api/v1/admin/plans')).status, (await person.patch(path('free'), { tokensPerCycle: 1 })).status]).toEqual([403, 403])
  expect((await admin.patch(path('gold'), {})).status).toBe(400)
  for (const [name, value] of [
    ['requestsPerMinute', 0],
    ['requestsPerMinute', 100_001],
    ['tokensPerCycle', -1],
    ['tokensPerCycle', 1.5],
  ] as const)
    expect(await admin.patch(path('free'), { [name]: value })).toMatchObject({ status: 400, body: { errors: [{ path: name }] } })
  expect((await admin.get('/api/v1/admin/plans')).body.items.map(({ tokensPerCycle }: { tokensPerCycle: object }) => tokensPerCycle)).toEqual([
    { chosen: null, builtIn: 100_000 },
    { chosen: null, builtIn: 1_000_000 },
    { chosen: null, builtIn: 10_000_000 },
  ])
})
