import { afterAll, beforeAll, expect, test } from 'vitest'
import { sweeps } from '#ports/database/tables.ts'
import { startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app[Symbol.asyncDispose]())

test('an administrator sees engines, line, backups, versions and what of the upkeep failed; nobody else does', async () => {
  const admin = await app.signUp()
  const person = await app.signUp()
  const failed = { what: 'a sweep of the test', failure: 'no space left' }
  await app.database.db.insert(sweeps).values(failed)
  const { status, body } = await admin.get('/api/v1/admin/health')
  expect(status).toBe(200)
  const engines = Object.fromEntries(body.engines.map(({ name, up }: { name: string; up: boolean }) => [name, up]))
  const { engines: ready } = (await (await fetch(`${app.url}/readyz`)).json()) as { engines: Record<string, string> }
  expect(Object.keys(engines).toSorted()).toEqual(Object.keys(ready).toSorted())
  expect(body).toMatchObject({
    runsWaiting: 0,
    modelsLeftAlone: [],
    backup: { isScheduled: false, lastAt: null },
    versions: { jarvis: '0.1.0', node: process.version.slice(1), postgres: expect.stringMatching(/^\d+/) },
  })
  expect(body.failedSweeps).toContainEqual({ what: failed.what, lastAt: null })
  // Why it failed may hold names and paths: that is for the log.
  expect(JSON.stringify(body)).not.toContain(failed.failure)
  expect((await person.get('/api/v1/admin/health')).status).toBe(403)
  expect((await app.anyone().get('/api/v1/admin/health')).status).toBe(401)
})
