import type { SignedIn } from '@jarvis/contracts/accounts.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { call } from './call.ts'
import { accessToken, refresh, session, signedIn, signedOut } from './session.ts'

const kept = new Map<string, string>()
vi.stubGlobal('localStorage', {
  getItem: (name: string) => kept.get(name) ?? null,
  setItem: (name: string, value: string) => kept.set(name, value),
  removeItem: (name: string) => kept.delete(name),
  clear: () => kept.clear(),
})

const user: SignedIn['user'] = { id: 'u', email: 'a@example.org', name: 'Ada', role: 'user', plan: 'free', createdAt: '2026-01-01T00:00:00Z' }
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

beforeEach(() => {
  localStorage.setItem('jarvis.signed-in', 'yes')
  session.set({ status: 'unknown' })
})
afterEach(() => {
  signedOut()
  globalThis.fetch = realFetch
})

test('a browser that never held a session asks for none; one that signed in does, until it signs out', async () => {
  localStorage.clear()
  server({ refresh: fresh })
  await expect(accessToken()).rejects.toMatchObject({ code: 'unauthenticated' })
  expect(asked).toEqual([])

  signedIn({ user, accessToken: 'token', expiresIn: 900 })
  session.set({ status: 'unknown' })
  await expect(accessToken()).resolves.toBe('token-1')

  signedOut()
  session.set({ status: 'unknown' })
  await expect(accessToken()).rejects.toMatchObject({ code: 'unauthenticated' })
  expect(asked).toEqual(['refresh'])
})

test('a renewal outlives the page that asked for it', async () => {
  const keepalive: (boolean | undefined)[] = []
  globalThis.fetch = async (_input, init) => {
    keepalive.push(init?.keepalive)
    return Response.json({ user, accessToken: 'token', expiresIn: 900 })
  }
  await refresh()
  expect(keepalive).toEqual([true])
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
