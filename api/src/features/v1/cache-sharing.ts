import type { Log } from '#lib/log.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { v1Settings } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'
import type { Sharing } from './response-cache.ts'

export type CacheSharingDeps = Pick<Database, 'db'> & {
  signals: Signals
  log: Pick<Log, 'error'>
  /** What the operator's environment says, which counts before the administrators' choice. */
  fixed: Sharing | undefined
}

const changedTopic = 'v1.cache_sharing'
/** A signal may be lost. */
const readAgainMs = 5000

/** Who is answered from the response cache, as an administrator chose it: known here at once, and in every process soon. */
export async function createCacheSharing({ db, signals, log, fixed }: CacheSharingDeps) {
  const read = async (): Promise<Sharing> => (await db.select().from(v1Settings))[0]?.cacheSharing ?? 'person'
  let chosen = await read()

  const readSoon = () =>
    void read().then(
      (sharing) => (chosen = sharing),
      // What cannot be known is shared with nobody.
      (error: unknown) => {
        chosen = chosen === 'off' ? 'off' : 'person'
        log.error({ err: error }, 'who shares the response cache cannot be read')
      },
    )
  const timer = setInterval(readSoon, readAgainMs).unref()
  const unsubscribe = signals.subscribe(changedTopic, readSoon)

  return {
    now: (): Sharing => fixed ?? chosen,
    source: fixed === undefined ? ('page' as const) : ('environment' as const),

    /** Holds once the transaction is committed and `changed` was called. */
    async choose(tx: Transaction, sharing: Sharing): Promise<void> {
      const { id } = v1Settings
      await tx
        .insert(v1Settings)
        .values({ cacheSharing: sharing })
        .onConflictDoUpdate({ target: id, set: { cacheSharing: sharing } })
    },

    async changed(): Promise<void> {
      chosen = await read()
      signals.publish(changedTopic, '')
    },

    [Symbol.dispose]() {
      clearInterval(timer)
      unsubscribe()
    },
  }
}
