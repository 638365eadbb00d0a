import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { call } from './call.ts'
import { accessToken, refresh, session, signedOut } from './session.ts'

const user = { id: 'u', email: 'a@example.org', name: 'Ada', role: 'user', plan: 'free', createdAt: '2026-01-01T00:00:00Z' }
const problem = (status: number, code: string) => Response.json({ code, detail: code }, { status })

const realFetch = globalThis.fetch
let asked: string[] = []

/** Answers requests by the last part of their path. */
function server(answers: Record<string, (request: { token: string | null; count: number }) => Response | Promise<Response>>) {
  asked = []
  globalThis.fetch = async (input, init) => {
    const name = (input as string).split('/').at(-1)!
    asked.push(name)
    const token = new Headers(init?.headers).get('authorization')
    return answers[name]!({ token, count: asked.filter((other) => other === name).length })
  }
}

const fresh = ({ count }: { count: number }) => Response.json({ user, accessToken: `token-${count}`, expiresIn: 900 })

beforeEach(() => session.set({ status: 'unknown' }))
afterEach(() => {
  signedOut()
  globalThis.fetch = realFetch
})

test('however many ask at once, the token is renewed once: a refresh token used twice ends the session', async () => {
  server({ refresh: fresh })
  const tokens = await Promise.all(Array.from({ length: 10 }, accessToken))
  expect(new Set(tokens)).toEqual(new Set(['token-1']))
  expect(asked).toEqual(['refresh'])
})

test('a refused renewal signs out; a server that cannot be reached does not', async () => {
  server({ refresh: fresh })
  await refresh()
  server({ refresh: () => Promise.reject(new TypeError('Failed to fetch')) })
  await expect(refresh()).rejects.toMatchObject({ code: 'network' })
  expect(session.get().status).toBe('signed-in')
  server({ refresh: () => problem(401, 'unauthenticated') })
  await refresh()
  expect(session.get().status).toBe('signed-out')
})

test('a call that meets 401 renews and tries again, once', async () => {
  server({ refresh: fresh, me: ({ token }) => (token === 'Bearer token-2' ? Response.json(user) : problem(401, 'unauthenticated')) })
  await expect(call(endpoints.me, {})).resolves.toMatchObject({ name: 'Ada' })
  expect(asked).toEqual(['refresh', 'me', 'refresh', 'me'])
})

test('a call that stays refused says so instead of going round', async () => {
  server({ refresh: fresh, me: () => problem(401, 'unauthenticated') })
  await expect(call(endpoints.me, {})).rejects.toMatchObject({ code: 'unauthenticated' })
  expect(asked.filter((name) => name === 'me')).toHaveLength(2)
})

test('a refusal keeps its code, its words and the faulty fields', async () => {
  const errors = [{ path: 'name', message: 'Too long' }]
  server({ refresh: fresh, me: () => Response.json({ code: 'invalid_request', detail: 'Not valid', errors }, { status: 400 }) })
  await expect(call(endpoints.updateMe, { body: { name: 'x' } })).rejects.toMatchObject({ code: 'invalid_request', message: 'Not valid', errors })
})
