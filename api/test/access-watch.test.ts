import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccessWatch } from '#ports/access/index.ts'
import { startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app[Symbol.asyncDispose]())

test.each([
  ['when it is held, its end being known', false],
  ['by the look at an access that was read earlier', true],
])('a key that expires by itself ends what it began then, not with the next look: %s', async (_when, isOld) => {
  const person = await app.signUp()
  const expiresAt = new Date(Date.now() + 1500)
  const { body: key } = await person.post('/api/v1/api-keys', { name: 'k', expiresAt: expiresAt.toISOString() })
  const { body: lasting } = await person.post('/api/v1/api-keys', { name: 'lasting' })
  const signals = { publish() {}, subscribe: () => () => undefined, [Symbol.asyncDispose]: async () => undefined }
  const fail = (error: unknown) => expect.unreachable(String(error))
  using access = createAccessWatch({ db: app.database.db, signals, onError: fail, lookMs: 3_600_000 })
  const ended = Promise.withResolvers<string>()
  let others = 0
  access.hold({ userId: person.user.id, viaId: lasting.id }, () => others++, { isOld: true })
  access.hold({ userId: person.user.id, viaId: key.id }, ended.resolve, isOld ? { isOld } : { until: expiresAt })
  expect(await ended.promise).toBe('via')
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime() - 50)
  expect(others).toBe(0)
})
