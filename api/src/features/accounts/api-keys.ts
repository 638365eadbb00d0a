import { type ApiKey, type ApiKeyBody, apiKeysMax, apiKeyStart, keyScopes, type NewApiKey } from '@jarvis/contracts/api-keys.ts'
import { and, count, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { newId, newSecret, sha256 } from '#lib/ids.ts'
import { billingCycle } from '#lib/money.ts'
import { type Access, personAccess } from '#lib/principal.ts'
import { planOf } from './seat-plans.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { apiKeys, budgets, users } from '#ports/database/tables.ts'
import { refusal } from '#lib/refusal.ts'
import { doorOf, due } from './due.ts'

type ApiKeyRow = typeof apiKeys.$inferSelect

const prefixCharacters = 11
const now = sql`now()`
const isStale = or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, sql`now() - interval '1 minute'`))

/** Keys of 256 random bits: a plain hash is enough, since there is nothing to guess. */
export function createApiKeys({ db, publicUrl }: Pick<Database, 'db'> & { publicUrl: string }) {
  return {
    async list(caller: Caller): Promise<ApiKey[]> {
      const { startsAt } = billingCycle(new Date())
      const rows = await db
        .select({ key: apiKeys, spent: budgets.costMicroUsd })
        .from(apiKeys)
        .leftJoin(budgets, and(eq(budgets.scopeId, apiKeys.id), eq(budgets.cycleStartsAt, startsAt)))
        .where(eq(apiKeys.userId, caller.userId))
        .orderBy(desc(apiKeys.id))
      return rows.map(({ key, spent }) => toApiKey(key, spent ?? 0))
    },

    /** The answer is the only one that ever holds the secret. @throws conflict when there are too many, invalid_request */
    async create(tx: Transaction, caller: Caller, body: z.infer<typeof ApiKeyBody>): Promise<NewApiKey> {
      const { name, expiresAt, requestsPerMinute, scopes = [...keyScopes], models, budgetMicroUsdPerMonth } = body
      const ends = expiresAt === undefined ? null : new Date(expiresAt)
      if (ends && ends.getTime() <= Date.now()) throw new AppError('invalid_request', 'expiresAt has to lie in the future.')
      const secret = apiKeyStart + newSecret()
      // The person's row is the lock under which their keys are counted.
      await tx.select({ id: users.id }).from(users).where(eq(users.id, caller.userId)).for('update')
      const [kept] = await tx.select({ count: count() }).from(apiKeys).where(eq(apiKeys.userId, caller.userId))
      if ((kept?.count ?? 0) >= apiKeysMax) throw refusal('conflict.api_keys', { keysMax: apiKeysMax })
      const values = {
        id: newId(),
        userId: caller.userId,
        name,
        requestsPerMinute: requestsPerMinute ?? null,
        scopes: keyScopes.filter((scope) => scopes.includes(scope)),
        models: models ? [...new Set(models)] : null,
        budgetMicroUsd: budgetMicroUsdPerMonth ?? null,
        expiresAt: ends,
        prefix: secret.slice(0, prefixCharacters),
        secretHash: sha256(secret),
      }
      const [row] = await tx.insert(apiKeys).values(values).returning()
      return { ...toApiKey(row!, 0), secret }
    },

    /** @throws not_found */
    async remove(tx: Transaction, caller: Caller, id: string): Promise<void> {
      const { rowCount } = await tx.delete(apiKeys).where(and(eq(apiKeys.id, id), eq(apiKeys.userId, caller.userId)))
      if (rowCount === 0) throw new AppError('not_found', 'There is no such API key.')
    },

    async idsOf(tx: Pick<Database['db'], 'select'>, userId: string): Promise<string[]> {
      return (await tx.select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.userId, userId))).map(({ id }) => id)
    },

    /** Who this secret stands for now. @throws unauthenticated */
    async authenticate(secret: string): Promise<Access & { expiresAt: Date | null }> {
      const [found] = await db
        .select({ key: apiKeys, role: users.role, plan: users.plan, seatPlan: users.seatPlan, isStale: sql<boolean>`${isStale}`, ...due })
        .from(apiKeys)
        .innerJoin(users, eq(users.id, apiKeys.userId))
        .where(and(eq(apiKeys.secretHash, sha256(secret)), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)), isNull(users.disabledAt)))
      if (!found) throw new AppError('unauthenticated', 'This API key does not exist or has expired.')
      const { id, userId, requestsPerMinute, expiresAt, scopes, models } = found.key
      if (found.isStale)
        await db
          .update(apiKeys)
          .set({ lastUsedAt: now })
          .where(and(eq(apiKeys.id, id), isStale))
      const access = personAccess({ id: userId, role: found.role, plan: planOf(found) }, { kind: 'key', id, scopes, models, requestsPerMinute })
      return { ...access, ...doorOf(found, publicUrl), expiresAt }
    },
  }
}

const toApiKey = ({ createdAt, lastUsedAt, expiresAt, budgetMicroUsd, ...key }: ApiKeyRow, spentMicroUsd: number): ApiKey => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  scopes: key.scopes,
  models: key.models,
  budgetMicroUsdPerMonth: budgetMicroUsd,
  spentMicroUsd,
  createdAt: createdAt.toISOString(),
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
  expiresAt: expiresAt?.toISOString() ?? null,
  requestsPerMinute: key.requestsPerMinute,
})
