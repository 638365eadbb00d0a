import type { User } from '@jarvis/contracts/accounts.ts'
import type { Conversation } from '@jarvis/contracts/chat.ts'
import type { QueryKey } from '@tanstack/react-query'
import { ProblemError } from '#lib/problem.ts'
import { queryClient } from '#lib/query.ts'
import { session } from '#lib/session.ts'
import { type Entry, readAll, readOne, remove, removeAll, write } from './store.ts'

/**
 * What a person read, kept in this browser for when Jarvis cannot be reached: only theirs, only what they read, and gone as soon as their
 * session is. A query that cannot reach the server shows what is kept; the next one that does replaces it.
 */

const userKey = 'user'
const quietMs = 500
const entriesMax = 300
/** Of one entry, in UTF-16 units. */
const lengthMax = 2_000_000
const daysMax = 30
const listed = new Set(['conversation', 'messages', 'folders', 'offers', 'instance', 'prompts'])

type Listed = { q: string }

function isKept([name, which]: QueryKey): boolean {
  if (name === 'conversations') return (which as Listed | undefined)?.q === ''
  if (name === 'messages' || name === 'conversation') return !isTemporary(which as string)
  return listed.has(name as string)
}

const isTemporary = (id: string) => queryClient.getQueryData<Conversation>(['conversation', id])?.temporary === true

const person = () => {
  const state = session.get()
  return state.status === 'signed-in' ? state.user : null
}

const soon = new Map<string, { timer: ReturnType<typeof setTimeout>; now: () => void }>()

/** Nothing that fails here is worth a word: without what is kept the page is what it was. */
const quietly = (job: Promise<unknown>) => void job.catch(() => undefined)

async function keep(key: string, data: unknown) {
  const user = person()
  const json = JSON.stringify(data)
  if (!user || json.length > lengthMax) return
  await write({ person: user.id, key, json, at: Date.now() })
}

function keepSoon(hash: string, queryKey: QueryKey) {
  const user = person()?.id
  clearTimeout(soon.get(hash)?.timer)
  const now = () => {
    soon.delete(hash)
    const data: unknown = queryClient.getQueryData(queryKey)
    if (data !== undefined && user === person()?.id && isKept(queryKey)) quietly(keep(hash, data))
  }
  soon.set(hash, { now, timer: setTimeout(now, quietMs) })
}

/** A page that goes may not come back: what it has shown is written first. */
function keepNow() {
  for (const { timer, now } of soon.values()) {
    clearTimeout(timer)
    now()
  }
}

/** Takes what another person left here, what is old, and what is too much. */
async function tidy(user: string) {
  const entries = (await readAll()).sort((one, other) => other.at - one.at)
  const isOver = ({ person: whose, at }: Entry, index: number) => whose !== user || index >= entriesMax || Date.now() - at > daysMax * 86_400_000
  for (const entry of entries.filter(isOver)) await remove(entry)
}

const isAway = (error: unknown) => error instanceof ProblemError && (error.code === 'network' || error.status >= 502)
const isGone = (error: unknown) => error instanceof ProblemError && error.code === 'not_found'

async function fill(hash: string, queryKey: QueryKey) {
  const user = person()
  const entry = user && (await readOne(user.id, hash))
  if (!entry || queryClient.getQueryData(queryKey) !== undefined || person()?.id !== user.id) return
  // Old: a page that shows it asks anew as soon as there is an answer.
  queryClient.setQueryData(queryKey, JSON.parse(entry.json), { updatedAt: 1 })
}

let known: User | null = null
/** Whether there was no server to ask who this is. */
let unasked = false

function followSession() {
  const user = person()
  if (session.get().status === 'signed-out') {
    known = null
    for (const { timer } of soon.values()) clearTimeout(timer)
    soon.clear()
    quietly(removeAll())
  }
  const state = session.get()
  const reached = state.status === 'signed-in' && state.accessToken !== ''
  if (unasked && reached) void queryClient.invalidateQueries()
  unasked = user !== null && !reached
  if (!user || user === known) return
  if (user.id !== known?.id) quietly(tidy(user.id))
  known = user
  quietly(keep(userKey, user))
}

/** Once, as the page starts. */
export function keepWhatIsRead() {
  const cache = queryClient.getQueryCache()
  cache.subscribe((event) => {
    if (event.type !== 'updated' || !isKept(event.query.queryKey)) return
    const { queryHash, queryKey, state } = event.query
    if (event.action.type === 'success' && state.dataUpdatedAt > 1) keepSoon(queryHash, queryKey)
    if (event.action.type !== 'error') return
    if (isAway(event.action.error) && state.data === undefined) quietly(fill(queryHash, queryKey))
    const user = person()
    if (isGone(event.action.error) && user) quietly(remove({ person: user.id, key: queryHash }))
  })
  session.subscribe(followSession)
  followSession()
  addEventListener('pagehide', keepNow)
  document.addEventListener('visibilitychange', () => document.hidden && keepNow())
}

/** What was deleted is not read any more, without a network either. */
export function forgetConversation(id: string) {
  const user = person()
  if (!user) return
  for (const name of ['conversation', 'messages']) quietly(remove({ person: user.id, key: JSON.stringify([name, id]) }))
}

/** Who was signed in here when Jarvis was last reached. */
export async function personKept(): Promise<User | null> {
  const entries = await readAll().catch(() => [])
  const entry = entries.filter(({ key }) => key === userKey).sort((one, other) => other.at - one.at)[0]
  return entry ? (JSON.parse(entry.json) as User) : null
}
