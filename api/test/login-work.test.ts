import bcrypt from '@node-rs/bcrypt'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { bcryptCost, noPassword } from '#features/accounts/passwords.ts'
import { users } from '#ports/database/tables.ts'
import { newPerson, startTestApp, type TestApp } from './test-app.ts'

/** The hashes that passwords were compared with. Time tells nothing on a machine with neighbours; the work that takes it is counted. */
const compared: string[] = []
beforeEach(() => {
  const { verify } = bcrypt
  vi.spyOn(bcrypt, 'verify').mockImplementation((password, hash, ...rest) => {
    compared.push(String(hash))
    return verify(password, hash, ...rest)
  })
})

let app: TestApp
beforeAll(async () => {
  app = await startTestApp({}, { passwordCost: bcryptCost })
  await app.signUp()
})
afterAll(() => app[Symbol.asyncDispose]())

const costOf = (hash: string | undefined) => /^\$2[aby]\$(\d\d)\$.{53}$/.exec(hash ?? '')?.[1]
const set = (id: string, values: Partial<typeof users.$inferSelect>) => app.database.db.update(users).set(values).where(eq(users.id, id))

type Who = () => Promise<{ email: string; password: string }>
const someone = async (change?: Partial<typeof users.$inferSelect>, password = 'not this one at all') => {
  const { person, user } = await app.signUp()
  if (change) await set(user.id, change)
  return { email: person.email, password: password || person.password }
}
const tries: Record<string, Who> = {
  'an address that nobody has': async () => ({ email: newPerson().email, password: 'not this one at all' }),
  'a wrong password': () => someone(),
  'the right password of somebody who is disabled': () => someone({ disabledAt: new Date() }, ''),
  'somebody who has no password': () => someone({ passwordHash: noPassword }),
  'a password of one letter': () => someone(undefined, 'x'),
  'a password of a thousand letters': () => someone(undefined, 'x'.repeat(1024)),
}

test.each(Object.keys(tries))('a sign-in with %s is the same work, and the same answer', async (name) => {
  const body = await tries[name]!()
  compared.length = 0
  const answer = await app.anyone().post('/api/v1/auth/login', body)
  expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_credentials', detail: 'The email or the password is wrong.' } })
  expect(compared.map(costOf)).toEqual(['12'])
})

test('the right password is the same work too', async () => {
  const { person } = await app.signUp()
  compared.length = 0
  expect((await app.anyone().post('/api/v1/auth/login', { email: person.email, password: person.password })).status).toBe(200)
  expect(compared.map(costOf)).toEqual(['12'])
})
