import type { Accounts } from '#features/accounts/index.ts'
import type { Subscriptions } from '#features/billing/index.ts'
import type { Files } from '#features/files/index.ts'
import type { MemoryStore } from '#features/memory/index.ts'
import type { Runs } from '#features/runs/index.ts'
import type { OutsideStore } from '#features/upkeep/index.ts'
import type { Ports } from './open-ports.ts'

/** Published when a person is erased: each machine has workspaces of its own. The payload is the user's id. */
export const personErased = 'person.erased'

type Features = { accounts: Accounts; files: Files; memory: MemoryStore; runs: Runs; subscriptions: Subscriptions }

/** Where something of a person is besides the database, and how each is emptied. What such a store is called here is stored with each erasure. */
export function outsideStores(
  { accounts, files, memory, runs, subscriptions }: Features,
  { answers, blobs, limits, sandbox, signals }: Ports,
): OutsideStore[] {
  return [
    {
      // Of passages too: one key names a person's records in one collection, whatever they are of.
      name: 'memories',
      keysOf: async (tx, userId) => [...(await memory.keysOf(tx, userId)), ...(await files.vectorKeysOf(tx, userId))],
      erase: memory.erase,
    },
    { name: 'run-logs', keysOf: runs.logsOf, erase: runs.dropLogs },
    { name: 'customer', keysOf: subscriptions.retireOf, erase: subscriptions.endCustomers },
    {
      name: 'limits',
      keysOf: async (tx, userId) => [...(await accounts.limitKeysOf(tx, userId)), `billing:${userId}`],
      erase: (keys) => limits.forget(keys),
    },
    {
      name: 'answers',
      keysOf: async (_tx, userId) => [userId],
      async erase(owners) {
        for (const owner of owners) await answers.forget(owner)
      },
    },
    { name: 'blobs', keysOf: async (_tx, userId) => [userId], erase: blobs.removeAllOf },
    {
      name: 'workspace',
      keysOf: async (_tx, userId) => [userId],
      async erase(owners) {
        for (const owner of owners) {
          await sandbox?.remove(owner)
          signals.publish(personErased, owner)
        }
      },
    },
  ]
}
