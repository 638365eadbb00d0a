import type { Log } from '#lib/log.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { v1Settings } from '#ports/database/tables.ts'
import { createHeld } from '#ports/signals/held.ts'
import type { Signals } from '#ports/signals/index.ts'
import type { Sharing } from './response-cache.ts'

export type CacheSharingDeps = Pick<Database, 'db'> & {
  signals: Signals
  log: Pick<Log, 'error'>
  /** What the operator's environment says, which counts before the administrators' choice. */
  fixed: Sharing | undefined
}

/** Who is answered from the response cache, as an administrator chose it: known here at once, and in every process soon. */
export async function createCacheSharing({ db, signals, log, fixed }: CacheSharingDeps) {
  const chosen = await createHeld<Sharing>({
    signals,
    topic: 'v1.cache_sharing',
    read: async () => (await db.select().from(v1Settings))[0]?.cacheSharing ?? 'person',
    onFailure(error, now) {
      log.error({ err: error }, 'who shares the response cache cannot be read')
      // What cannot be known is shared with nobody.
      return now === 'off' ? 'off' : 'person'
    },
  })

  return {
    now: (): Sharing => fixed ?? chosen.now(),
    source: fixed === undefined ? ('page' as const) : ('environment' as const),

    /** Holds once the transaction is committed and `changed` was called. */
    async choose(tx: Transaction, sharing: Sharing): Promise<void> {
      const { id } = v1Settings
      await tx
        .insert(v1Settings)
        .values({ cacheSharing: sharing })
        .onConflictDoUpdate({ target: id, set: { cacheSharing: sharing } })
    },

    changed: chosen.changed,
    [Symbol.dispose]: () => chosen[Symbol.dispose](),
  }
}
