import { overdueProvisional } from '#features/accounts/index.ts'
import { createScrub, createSweep, everybody, sweepBlobs, retention, sweepOrphans } from '#features/upkeep/index.ts'
import type { Log } from '#lib/log.ts'
import type { Features } from './create-features.ts'
import type { Ports } from './open-ports.ts'
import { personErased } from './outside-stores.ts'

const provisionalAtOnce = 200
const unusedAtOnce = 200
const graceMs = 3_600_000
const workspacesMs = 3_600_000

export type Upkeep = ReturnType<typeof createUpkeep>

/** What has to happen without anybody asking: sweeps by the retention table, orphans, and remains in files. */
export function createUpkeep(
  { blobs, database, vectors, jobs, sandbox, signals }: Ports,
  { billing, chat, erasure, files, memory, outbox, privacy, subscriptions }: Features,
  log: Log,
) {
  const { db } = database

  const renewCollections = async () => {
    await memory.renewCollections()
    await files.renewCollections()
  }
  const orphans = async (erased: string[]) => [...(await memory.orphans(erased)), ...(await files.vectorOrphans(erased))]
  const eraseOverdue = async () => {
    const overdue = await overdueProvisional({ db }, provisionalAtOnce)
    for (const userId of overdue) await erasure.erase(userId, { source: 'not confirmed' })
    return overdue.length
  }
  const removeUnused = async () => {
    for (let removed = 0; ;) {
      const due = await privacy.retention.due(unusedAtOnce)
      for (const one of due) if (await chat.conversations.removeUnused(one)) removed++
      if (due.length < unusedAtOnce) return removed
    }
  }
  const scrub = createScrub({ db, files: database.files, vectors, renewCollections })

  const sweep = createSweep({
    db,
    jobs,
    log,
    retention,
    tasks: {
      'each minute': [
        { what: 'reservations', sweep: async () => await billing.settleOrphans() },
        { what: 'subscriptions', sweep: subscriptions.sweep },
        { what: 'letters that wait', sweep: outbox.sweep },
        { what: 'unread files', sweep: files.catchUp },
        { what: 'memories', sweep: async () => void (await memory.catchUp()) },
      ],
      hourly: [
        { what: 'conversations that nobody uses', sweep: removeUnused },
        { what: 'accounts that were not confirmed', sweep: async () => (outbox.isDelivered ? await eraseOverdue() : 0) },
      ],
      nightly: [
        { what: 'orphans', sweep: () => sweepOrphans({ db, orphans, reopen: erasure.reopen }) },
        { what: 'blobs', sweep: async () => (await sweepBlobs({ db, blobs })) + (await files.sweep()) },
        { what: 'reconciliation', sweep: subscriptions.reconcileNightly },
        { what: 'files', sweep: () => scrub() },
      ],
    },
  })
  const logFailure = (error: unknown) => log.error({ err: error }, 'a workspace could not be removed')

  return {
    ...sweep,
    scrub,

    /** Workspaces are this machine's: each process looks after them for itself. */
    startWorkspaces(): Disposable {
      const unsubscribe = signals.subscribe(personErased, (userId) => void sandbox?.remove(userId).catch(logFailure))
      const timer = setInterval(() => void sandbox?.sweep(everybody({ db }), graceMs).catch(logFailure), workspacesMs)
      return {
        [Symbol.dispose]() {
          unsubscribe()
          clearInterval(timer)
        },
      }
    },
  }
}
