import { sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { apiKeys, sessions, users } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'

/** Published when a session or an API key ends; the payload is its id. */
export const sessionRevoked = 'session.revoked'
/** Published when a person's role, plan, name or access changed; the payload is the user's id. */
export const userChanged = 'user.changed'

/** By whose access something goes on: the person's, and the session's or key's that they came by, where it must not outlive that. */
export type Holder = { userId: string; viaId: string | null; /** It is an administrator's alone. */ asAdmin?: boolean }
/** Whose access ended: the person's, that of the session or key they came by, or that of administrators, whom they are none of any more. */
export type Whose = 'person' | 'via' | 'admin'
type Held = Holder & { end: (whose: Whose) => void }

export interface AccessWatch extends Disposable {
  /**
   * Calls `end` once this access is no more, unless it was let go by then. `isOld`: the access was read some time ago, and is looked at now.
   * `until`: when it ends by itself, as far as that is known.
   * Returns a function that lets go.
   */
  hold(holder: Holder, end: (whose: Whose) => void, options?: { isOld?: boolean; until?: Date | null }): () => void
}

/** Should a signal be lost, what has ended goes on for so long. */
const lookMsUsual = 5000
/** Longer is more than a timer takes, and found by a later look. */
const expiryMsMax = 2_147_483_647
/** A signal that comes while somebody is let in is remembered for so long. */
const recentMs = 10_000
const recentMax = 10_000

/**
 * The one place that knows what goes on by somebody's access: sockets, event streams, calls over MCP, runs, jobs. A signal ends it in every
 * process at once; a look at the database makes up for a lost one.
 */
export function createAccessWatch({
  db,
  signals,
  onError,
  lookMs = lookMsUsual,
}: Pick<Database, 'db'> & { signals: Signals; onError(error: unknown): void; lookMs?: number }): AccessWatch {
  const held = new Set<Held>()
  const recent = new Map<string, number>()
  let looking: Promise<void> | null = null

  function remember(id: string): void {
    const now = performance.now()
    for (const [old, at] of recent) {
      if (now - at < recentMs && recent.size < recentMax) break
      recent.delete(old)
    }
    recent.delete(id)
    recent.set(id, now)
  }
  const isRecent = (id: string | null) => id !== null && performance.now() - (recent.get(id) ?? -Infinity) < recentMs

  /** By session or key: when it is looked at next, because it ends by itself then. */
  const expiries = new Map<string, NodeJS.Timeout>()
  function expect(viaId: string, leftMs: number): void {
    if (expiries.has(viaId) || leftMs > expiryMsMax) return
    const timer = setTimeout(() => {
      expiries.delete(viaId)
      void lookAt((it) => it.viaId === viaId)
    }, leftMs)
    expiries.set(viaId, timer)
  }

  function end(it: Held, whose: Whose): void {
    if (held.delete(it)) it.end(whose)
  }

  /** Ends those of them whose access is no more. */
  async function look(these: Held[]): Promise<void> {
    if (these.length === 0) return
    const userIds = sql.param([...new Set(these.map(({ userId }) => userId))])
    const viaIds = sql.param([...new Set(these.flatMap(({ viaId }) => viaId ?? []))])
    const { rows } = await db.execute<{ id: string; left_ms: number | null; demoted: boolean }>(sql`
      select id, null::float8 as left_ms, false as demoted from unnest(${userIds}::uuid[]) as held(id)
      where not exists (select from ${users} u where u.id = held.id and u.disabled_at is null)
      union all
      select id, null, true from ${users} where id = any(${userIds}::uuid[]) and role <> 'admin'
      union all
      select held.id, extract(epoch from k.expires_at - clock_timestamp())::float8 * 1000, false from unnest(${viaIds}::uuid[]) as held(id)
      left join ${apiKeys} k on k.id = held.id
      where not exists (select from ${sessions} s where s.id = held.id and s.revoked_at is null) and (k.id is null or k.expires_at is not null)`)
    const [ended, demoted] = [new Set<string>(), new Set<string>()]
    for (const { id, left_ms: leftMs, demoted: isDemoted } of rows) {
      if (isDemoted) demoted.add(id)
      else if (leftMs === null || leftMs <= 0) ended.add(id)
      else expect(id, leftMs)
    }
    for (const it of these) {
      if (ended.has(it.userId)) end(it, 'person')
      else if (it.viaId !== null && ended.has(it.viaId)) end(it, 'via')
      else if (it.asAdmin && demoted.has(it.userId)) end(it, 'admin')
    }
  }
  const lookAt = (which: (it: Held) => boolean) => look([...held].filter(which)).catch(onError)

  const stopListening = [
    signals.subscribe(sessionRevoked, (id) => {
      remember(id)
      for (const it of held) if (it.viaId === id) end(it, 'via')
    }),
    signals.subscribe(userChanged, (id) => {
      remember(id)
      void lookAt(({ userId }) => userId === id)
    }),
  ]
  const timer = setInterval(() => {
    looking ??= lookAt(() => true).finally(() => (looking = null))
  }, lookMs)

  return {
    hold(holder, whenEnded, { isOld = false, until = null } = {}) {
      const it = { ...holder, end: whenEnded }
      held.add(it)
      if (until && it.viaId !== null) expect(it.viaId, Math.max(0, until.getTime() - Date.now()))
      // Not before the caller can let go.
      if (isRecent(it.viaId)) queueMicrotask(() => end(it, 'via'))
      else if (isOld || isRecent(it.userId)) void lookAt((other) => other === it)
      return () => void held.delete(it)
    },
    [Symbol.dispose]() {
      for (const stop of stopListening) stop()
      clearInterval(timer)
      for (const expiry of expiries.values()) clearTimeout(expiry)
    },
  }
}
