import type { NewScimToken, ScimToken } from '@jarvis/contracts/scim-endpoints.ts'
import { desc, eq, isNull, lt, or, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller, Origin } from '#lib/caller.ts'
import { newId, newSecret, sha256 } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database } from '#ports/database/index.ts'
import { scimTokens } from '#ports/database/tables.ts'

export type ScimTokensDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  /** @throws reauthentication_required */
  requireRecent(caller: Caller): Promise<void>
}

const tokensMax = 10
const prefixCharacters = 13
const start = 'jv_scim_'
const isStale = or(isNull(scimTokens.lastUsedAt), lt(scimTokens.lastUsedAt, sql`now() - interval '1 minute'`))

/** What a directory shows: 256 random bits, of which the hash is kept. */
export function createScimTokens({ db, audit, requireRecent }: ScimTokensDeps) {
  return {
    list: async (): Promise<ScimToken[]> => (await db.select().from(scimTokens).orderBy(desc(scimTokens.id))).map(toToken),

    /** The answer is the only one that ever holds the secret. @throws reauthentication_required, conflict */
    async create(caller: Caller, name: string, { address, requestId }: Origin): Promise<NewScimToken> {
      await requireRecent(caller)
      const secret = start + newSecret()
      return await db.transaction(async (tx) => {
        if ((await tx.$count(scimTokens)) >= tokensMax) throw refusal('conflict.scim_tokens', { tokensMax })
        const values = { id: newId(), name, prefix: secret.slice(0, prefixCharacters), tokenHash: sha256(secret) }
        const [row] = await tx.insert(scimTokens).values(values).returning()
        await audit(tx, {
          action: 'scim_token.created',
          actorId: caller.userId,
          target: values.id,
          details: { prefix: values.prefix },
          address,
          requestId,
        })
        return { ...toToken(row!), secret }
      })
    },

    /** @throws not_found */
    async remove(caller: Caller, id: string, { address, requestId }: Origin): Promise<void> {
      await db.transaction(async (tx) => {
        const gone = await tx.delete(scimTokens).where(eq(scimTokens.id, id))
        if (gone.rowCount === 0) throw new AppError('not_found', 'There is no such token.')
        await audit(tx, { action: 'scim_token.deleted', actorId: caller.userId, target: id, address, requestId })
      })
    },

    /** Its id. @throws unauthenticated */
    async authenticate(token: string): Promise<string> {
      const [row] = await db
        .select({ id: scimTokens.id })
        .from(scimTokens)
        .where(eq(scimTokens.tokenHash, sha256(token)))
      if (!row) throw refusal('unauthenticated.scim')
      await db
        .update(scimTokens)
        .set({ lastUsedAt: sql`now()` })
        .where(sql`${eq(scimTokens.id, row.id)} and ${isStale}`)
      return row.id
    },
  }
}

const toToken = ({ id, name, prefix, createdAt, lastUsedAt }: typeof scimTokens.$inferSelect): ScimToken => ({
  id,
  name,
  prefix,
  createdAt: createdAt.toISOString(),
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
})
