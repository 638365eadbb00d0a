import type { SignedIn, User } from '@jarvis/contracts/accounts.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { ProblemError } from './problem.ts'
import { request } from './request.ts'
import { createStore, useStore } from './store.ts'
import { say } from '#words/say.ts'

export type Session = { status: 'unknown' } | { status: 'signed-out' } | { status: 'signed-in'; user: User; accessToken: string; expiresAt: number }

type Announcement = { type: 'signed-in'; session: Session } | { type: 'signed-out' }

const renewBeforeSeconds = 60
/**
 * Set while this browser may hold a refresh token, so that a stranger's first visit asks for nothing that can only be refused: to `yes`, or
 * while a renewal is on its way to when it began, in milliseconds since the epoch.
 */
const storageName = 'jarvis.signed-in'
const abandonedMs = 1500
/** The server sets it for a minute where somebody comes from an issuer. */
const arrivedCookie = 'jarvis_arrived='
const mayHoldToken = () => localStorage.getItem(storageName) || globalThis.document?.cookie.includes(arrivedCookie)

/** The access token lives in this page's memory only; the refresh token in a cookie no script can read. */
export const session = createStore<Session>({ status: 'unknown' })

/** The last session ended by itself: it ran out, or was ended on another device. */
export const sessionEnded = createStore(false)

const tabs = new BroadcastChannel('jarvis.session')
let renewal: ReturnType<typeof setTimeout> | undefined
let flight: Promise<void> | null = null

tabs.addEventListener('message', ({ data }: MessageEvent<Announcement>) => {
  if (data.type === 'signed-in') adopt(data.session)
  else adopt({ status: 'signed-out' })
})

function adopt(next: Session) {
  clearTimeout(renewal)
  session.set(next)
  if (next.status !== 'signed-in') return
  const seconds = (next.expiresAt - Date.now()) / 1000
  renewal = setTimeout(() => void refresh().catch(() => undefined), Math.max(5, seconds - Math.min(renewBeforeSeconds, seconds / 4)) * 1000)
}

export function signedIn({ user, accessToken, expiresIn }: SignedIn) {
  const next: Session = { status: 'signed-in', user, accessToken, expiresAt: Date.now() + expiresIn * 1000 }
  localStorage.setItem(storageName, 'yes')
  adopt(next)
  tabs.postMessage({ type: 'signed-in', session: next } satisfies Announcement)
}

/** `ended`: by nobody here. The page to sign in on says so. */
export function signedOut(ended = false) {
  localStorage.removeItem(storageName)
  sessionEnded.set(ended && session.get().status !== 'signed-out')
  adopt({ status: 'signed-out' })
  tabs.postMessage({ type: 'signed-out' } satisfies Announcement)
}

/** Without a server to ask: nothing is open to them but what this browser kept, and each call asks for a token first. */
export function remembered(user: User) {
  if (session.get().status === 'unknown') adopt({ status: 'signed-in', user, accessToken: '', expiresAt: 0 })
}

export function updateUser(user: User) {
  session.set((state) => (state.status === 'signed-in' ? { ...state, user } : state))
}

/**
 * Renews the access token, once however many ask and however many tabs are open: a refresh token used twice would end the session.
 * @throws {ProblemError} `network` and 5xx only; a refusal signs out instead.
 */
export function refresh(): Promise<void> {
  flight ??= alone(tokenNow()).finally(() => (flight = null))
  return flight
}

const tokenNow = () => {
  const state = session.get()
  return state.status === 'signed-in' ? state.accessToken : null
}

async function alone(before: string | null): Promise<void> {
  // Locks exist on secure origins only.
  if (!('locks' in navigator)) return renew(before)
  await navigator.locks.request('jarvis.refresh', () => renew(before))
}

async function renew(before: string | null) {
  await abandoned()
  // Another tab was quicker, and has told us.
  if (tokenNow() !== before) return
  localStorage.setItem(storageName, String(Date.now()))
  try {
    // Kept alive: when the page is left in the middle of it, the browser still receives the new cookie, the old one being used up.
    signedIn(await request(endpoints.refresh, {}, { keepalive: true }))
  } catch (error) {
    if (!(error instanceof ProblemError) || ![400, 401, 403].includes(error.status)) throw error
    signedOut(true)
  }
}

/** Gives the renewal of a page that was left in the middle of it the time to bring its cookie: the old one, sent twice, would end the session. */
async function abandoned() {
  const ageMs = Date.now() - Number(localStorage.getItem(storageName))
  if (ageMs >= 0 && ageMs < abandonedMs) await new Promise((resolve) => setTimeout(resolve, abandonedMs - ageMs))
}

/** @throws {ProblemError} `unauthenticated` when nobody is signed in. */
export async function accessToken(): Promise<string> {
  const now = session.get()
  if (now.status === 'unknown' && !mayHoldToken()) adopt({ status: 'signed-out' })
  else if (now.status === 'unknown' || (now.status === 'signed-in' && now.expiresAt - Date.now() < 5000)) await refresh()
  const state = session.get()
  if (state.status !== 'signed-in') throw new ProblemError('unauthenticated', say('Sign in first'), { status: 401 })
  return state.accessToken
}

export function useUser(): User | null {
  const state = useStore(session)
  return state.status === 'signed-in' ? state.user : null
}
