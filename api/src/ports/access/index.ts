import { sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { apiKeys, sessions, users } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'

/** Published when a session or an API key ends; the payload is its id. */
export const sessionRevoked = 'session.revoked'
/** Published when a person's role, plan, name or access changed; the payload is the user's id. */
export const userChanged = 'user.changed'

/** By whose access something goes on: the person's, and the session's or key's that they came by, where it must not outlive that. */
export type Holder = { userId: string; viaId: string | null }
type Held = Holder & { end: () => void }

export interface AccessWatch extends Disposable {
  /**
   * Calls `end` once this access is no more, unless it was let go by then. `isOld`: the access was read some time ago, and is looked at now.
   * Returns a function that lets go.
   */
  hold(holder: Holder, end: () => void, options?: { isOld?: boolean }): () => void
}

/** Should a signal be lost, what has ended goes on for so long; and a key that expires by itself. */
const lookMs = 5000
/** A signal that comes while somebody is let in is remembered for so long. */
const recentMs = 10_000
const recentMax = 10_000

/**
 * The one place that knows what goes on by somebody's access: sockets, event streams, calls over MCP, runs, jobs. A signal ends it in every
 * process at once; a look at the database makes up for a lost one.
 */
export function createAccessWatch({ db, signals, onError }: Pick<Database, 'db'> & { signals: Signals; onError(error: unknown): void }): AccessWatch {
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

  function end(it: Held): void {
    if (held.delete(it)) it.end()
  }

  /** Ends those of them whose access is no more. */
  async function look(these: Held[]): Promise<void> {
    if (these.length === 0) return
    const userIds = sql.param([...new Set(these.map(({ userId }) => userId))])
    const viaIds = sql.param([...new Set(these.flatMap(({ viaId }) => viaId ?? []))])
    const { rows } = await db.execute<{ id: string }>(sql`
      select id from unnest(${userIds}::uuid[]) as held(id)
      where not exists (select from ${users} u where u.id = held.id and u.disabled_at is null)
      union all
      select id from unnest(${viaIds}::uuid[]) as held(id)
      where not exists (select from ${sessions} s where s.id = held.id and s.revoked_at is null)
        and not exists (select from ${apiKeys} k where k.id = held.id and (k.expires_at is null or k.expires_at > now()))`)
    const ended = new Set(rows.map(({ id }) => id))
    for (const it of these) if (ended.has(it.userId) || (it.viaId !== null && ended.has(it.viaId))) end(it)
  }
  const lookAt = (which: (it: Held) => boolean) => look([...held].filter(which)).catch(onError)

  const stopListening = [
    signals.subscribe(sessionRevoked, (id) => {
      remember(id)
      for (const it of held) if (it.viaId === id) end(it)
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
    hold(holder, whenEnded, { isOld = false } = {}) {
      const it = { ...holder, end: whenEnded }
      held.add(it)
      // Not before the caller can let go.
      if (isRecent(it.viaId)) queueMicrotask(() => end(it))
      else if (isOld || isRecent(it.userId)) void lookAt((other) => other === it)
      return () => void held.delete(it)
    },
    [Symbol.dispose]() {
      for (const stop of stopListening) stop()
      clearInterval(timer)
    },
  }
}
