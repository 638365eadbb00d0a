import type { Conversation, Message } from '@jarvis/contracts/chat.ts'
import type { ErasureCertificate } from '@jarvis/contracts/erasures.ts'
import type {
  PrivacySettings,
  PrivacySettingsBody,
  ReadBody,
  ReadConversation,
  ReadConversations,
  WordsAccess,
} from '@jarvis/contracts/privacy-endpoints.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, desc, eq, getTableColumns, gt, isNull, lt, sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { Choices } from '#features/choices/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { By } from '#lib/caller.ts'
import { cursorOf, idOfCursor } from '#lib/cursor.ts'
import { newId, sha256 } from '#lib/ids.ts'
import { itemsOf } from '#lib/items-of.ts'
import { refusal } from '#lib/refusal.ts'
import type { Transaction } from '#ports/database/index.ts'
import { conversations, users, wordsAccesses } from '#ports/database/tables.ts'
import { createRetention, type RetentionDeps } from './retention.ts'

type Asked = { limit: number; cursor?: string | undefined }
export type PrivacyDeps = RetentionDeps & {
  choices: Choices
  /** The environment says that nobody reads what others said, and no administrator can change it. */
  isFixedOff: boolean
  /** Conversations whosever they are. */
  ofAnybody: {
    find(tx: Transaction, id: string): Promise<{ userId: string; conversation: Conversation }>
    messages(tx: Transaction, id: string, asked: Asked): Promise<Page<Message>>
    list(tx: Transaction, userId: string, asked: Asked): Promise<Page<Conversation>>
  }
  /** What was removed where of who was erased. */
  erasures(): Promise<ErasureCertificate[]>
}
export type Privacy = ReturnType<typeof createPrivacy>
type Asking = z.infer<typeof ReadBody>

const pageSize = 100

/** Who reads what somebody said: an administrator, for a reason, which that person is shown. */
export function createPrivacy(deps: PrivacyDeps) {
  const { db, audit, choices, isFixedOff, ofAnybody, erasures, requireRecent } = deps
  const settings = async (tx?: Transaction): Promise<PrivacySettings> =>
    isFixedOff
      ? { conversationReads: 'off', source: 'environment' }
      : { conversationReads: (await choices.get('privacy', tx)).conversationReads, source: 'page' }

  /**
   * In the transaction of the reading: nothing is read that is not recorded. Further pages within an hour belong to the access that is there.
   * The audit outlives the person, so it has a digest of the reason, which may speak of them.
   */
  async function record(tx: Transaction, by: By, of: { userId: string; conversationId: string | null }, { reason, cursor }: Asking) {
    const { caller, origin } = by
    const { userId, conversationId } = of
    const same = and(
      eq(wordsAccesses.userId, userId),
      eq(wordsAccesses.actorId, caller.userId),
      conversationId === null ? isNull(wordsAccesses.conversationId) : eq(wordsAccesses.conversationId, conversationId),
      eq(wordsAccesses.reason, reason),
      gt(wordsAccesses.createdAt, sql`now() - interval '1 hour'`),
    )
    const [begun] = cursor === undefined ? [] : await tx.select().from(wordsAccesses).where(same).orderBy(desc(wordsAccesses.id)).limit(1)
    const access =
      begun ??
      (
        await tx
          .insert(wordsAccesses)
          .values({ id: newId(), actorId: caller.userId, reason, ...of })
          .returning()
      )[0]!
    await audit(tx, {
      action: conversationId === null ? 'conversations.listed_by_admin' : 'conversation.read_by_admin',
      actorId: caller.userId,
      target: conversationId ?? userId,
      details: { access: access.id, owner: userId, reasonDigest: sha256(`${access.id} ${reason}`) },
      address: origin.address,
      requestId: origin.requestId,
    })
    return { id: access.id, at: access.createdAt.toISOString(), reason }
  }

  async function requireOpen(tx: Transaction): Promise<void> {
    if ((await settings(tx)).conversationReads === 'off') throw refusal('forbidden.reads_off')
  }

  /** @throws invalid_request */
  async function accessesOf(userId: string, { limit, cursor }: Asked): Promise<Page<WordsAccess>> {
    const rows = await db
      .select({ ...getTableColumns(wordsAccesses), name: users.name, email: users.email, title: conversations.title })
      .from(wordsAccesses)
      .leftJoin(users, eq(users.id, wordsAccesses.actorId))
      .leftJoin(conversations, eq(conversations.id, wordsAccesses.conversationId))
      .where(and(eq(wordsAccesses.userId, userId), cursor === undefined ? undefined : lt(wordsAccesses.id, idOfCursor('accesses', cursor))))
      .orderBy(desc(wordsAccesses.id))
      .limit(limit + 1)
    const items = rows.slice(0, limit).map(({ id, createdAt, actorId, name, email, conversationId, title, reason }): WordsAccess => ({
      id,
      at: createdAt.toISOString(),
      by: actorId === null || name === null || email === null ? null : { id: actorId, name, email },
      what: conversationId === null ? 'list' : 'conversation',
      conversationId,
      title,
      reason,
    }))
    return { items, nextCursor: rows.length > limit ? cursorOf('accesses', items.at(-1)!.id) : null }
  }

  return {
    retention: createRetention(deps),
    settings: () => settings(),

    /** @throws conflict for what the environment says, reauthentication_required */
    async update(by: By, change: z.infer<typeof PrivacySettingsBody>): Promise<PrivacySettings> {
      if (isFixedOff) {
        if (change.conversationReads === 'off') return await settings()
        throw refusal('conflict.environment', { variable: 'CONVERSATION_READS' })
      }
      await requireRecent(by.caller)
      await choices.set(by, 'privacy', change)
      return await settings()
    },

    /** @throws not_found, also for a temporary one; forbidden where it is switched off */
    read: (by: By, id: string, asking: Asking): Promise<ReadConversation> =>
      db.transaction(async (tx) => {
        await requireOpen(tx)
        const { userId, conversation } = await ofAnybody.find(tx, id)
        const access = await record(tx, by, { userId, conversationId: id }, asking)
        const { items, nextCursor } = await ofAnybody.messages(tx, id, { limit: pageSize, cursor: asking.cursor })
        return { access, userId, conversation, messages: items, nextCursor }
      }),

    /** @throws not_found, forbidden where it is switched off */
    list: (by: By, userId: string, asking: Asking): Promise<ReadConversations> =>
      db.transaction(async (tx) => {
        await requireOpen(tx)
        if ((await tx.$count(users, eq(users.id, userId))) === 0) throw new AppError('not_found', 'There is no such user.')
        const access = await record(tx, by, { userId, conversationId: null }, asking)
        return { access, ...(await ofAnybody.list(tx, userId, { limit: pageSize, cursor: asking.cursor })) }
      }),

    erasures,
    accessesOf,
    exportOf: (userId: string) => itemsOf((cursor) => accessesOf(userId, { limit: 200, cursor })),
  }
}
