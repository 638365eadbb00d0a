import type { Share, SharedConversation, SharedMessage } from '@jarvis/contracts/shares.ts'
import { and, eq, getTableColumns, gt, isNull, or } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller } from '#lib/caller.ts'
import { newId, newSecret, sha256 } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, conversationShares, users } from '#ports/database/tables.ts'
import { allMessages, shownBranch } from './branch.ts'
import { noConversation } from './conversations.ts'

export type SharesDeps = Pick<Database, 'db'> & { audit: RecordAudit; publicUrl: string }

const dayMs = 86_400_000

/** Read-only copies behind links. Who has a link reads what was said until then, never what comes later. */
export function createShares({ db, audit, publicUrl }: SharesDeps) {
  const owned = (caller: Caller, id: string) => and(eq(conversations.id, id), eq(conversations.userId, caller.userId))

  return {
    /** A new link ends the one before. @throws not_found, invalid_request for a conversation without an answer */
    async share(caller: Caller, id: string, expiresInDays: number | null): Promise<Share> {
      const [conversation] = await db.select().from(conversations).where(owned(caller, id))
      if (!conversation) throw noConversation()
      if (conversation.temporary) throw new AppError('invalid_request', 'A temporary conversation is not kept, so it cannot be shared.')
      const copied = shownBranch(await allMessages({ db }, id), conversation.leafId).map(
        ({ id, role, content, sources, citations, createdAt }): SharedMessage => ({
          id,
          role,
          content,
          sources,
          ...(citations && { citations: citations.map((one) => (one.kind === 'file' ? { n: one.n, kind: one.kind, title: '' } : one)) }),
          createdAt: createdAt.toISOString(),
        }),
      )
      if (!copied.some(({ role, content }) => role === 'assistant' && content !== '')) {
        throw new AppError('invalid_request', 'There is nothing to share yet: wait for an answer.')
      }
      const token = newSecret()
      const expiresAt = expiresInDays === null ? null : new Date(Date.now() + expiresInDays * dayMs)
      const copy = { tokenHash: sha256(token), title: conversation.title, messages: copied, createdAt: new Date(), expiresAt }
      await db.transaction(async (tx) => {
        await tx
          .insert(conversationShares)
          .values({ id: newId(), conversationId: id, userId: caller.userId, ...copy })
          .onConflictDoUpdate({ target: conversationShares.conversationId, set: copy })
        await audit(tx, { action: 'conversation.shared', actorId: caller.userId, target: id, details: { expiresInDays, messages: copied.length } })
      })
      return { url: `${publicUrl}/shared/${token}`, expiresAt: expiresAt?.toISOString() ?? null }
    },

    /** Without a link nothing happens. @throws not_found */
    async unshare(caller: Caller, id: string): Promise<void> {
      if ((await db.$count(conversations, owned(caller, id))) === 0) throw noConversation()
      await db.transaction(async (tx) => {
        const ended = await tx.delete(conversationShares).where(eq(conversationShares.conversationId, id)).returning({ id: conversationShares.id })
        if (ended.length > 0) await audit(tx, { action: 'conversation.unshared', actorId: caller.userId, target: id })
      })
    },

    /** @throws not_found for a link that ended, expired or never was, or whose person is disabled */
    async read(token: string): Promise<SharedConversation> {
      const [row] = await db
        .select(getTableColumns(conversationShares))
        .from(conversationShares)
        .innerJoin(users, and(eq(users.id, conversationShares.userId), isNull(users.disabledAt)))
        .where(
          and(
            eq(conversationShares.tokenHash, sha256(token)),
            or(isNull(conversationShares.expiresAt), gt(conversationShares.expiresAt, new Date())),
          ),
        )
      if (!row) throw new AppError('not_found', 'This link leads nowhere: it was taken back, or has expired.')
      const { title, messages, createdAt, expiresAt } = row
      return { title, messages, sharedAt: createdAt.toISOString(), expiresAt: expiresAt?.toISOString() ?? null }
    },
  }
}
