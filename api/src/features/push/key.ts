import { asc, sql } from 'drizzle-orm'
import { openBox, sealBox } from '#lib/sealed-box.ts'
import type { Database } from '#ports/database/index.ts'
import { pushKeys } from '#ports/database/tables.ts'
import { newPushKey, type PushKey } from '#ports/push/index.ts'

/**
 * By what push services know this installation: made at the first use, and the same ever after, in every process. With another SECRETS_KEY it
 * cannot be opened: then there is another one, which browsers subscribe with anew when their pages are next opened.
 */
export function createPushKeys({ db, secretsKey }: Pick<Database, 'db'> & { secretsKey(): Buffer }) {
  const boxOf = (publicKey: string) => `push:${publicKey}`
  let known: Promise<PushKey> | undefined

  const find = () =>
    db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtext('push_keys'))`)
      for (const { publicKey, sealedPrivateKey } of await tx.select().from(pushKeys).orderBy(asc(pushKeys.createdAt))) {
        const privateKey = openBox(secretsKey(), boxOf(publicKey), sealedPrivateKey)
        if (privateKey !== null) return { publicKey, privateKey }
      }
      const key = newPushKey()
      await tx.insert(pushKeys).values({ publicKey: key.publicKey, sealedPrivateKey: sealBox(secretsKey(), boxOf(key.publicKey), key.privateKey) })
      return key
    })

  return (): Promise<PushKey> => {
    known ??= find().catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }
}
