import { variablesIn } from '@jarvis/contracts/prompt-text.ts'
import type { Prompt, PromptBody, PromptChange } from '@jarvis/contracts/prompts.ts'
import type { SharedBy } from '@jarvis/contracts/sharing.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, asc, eq, or, sql } from 'drizzle-orm'
import { dropSharesOf, notTheirs, seenBy } from '#features/sharing/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { prompts, users } from '#ports/database/tables.ts'

/** They are listed whole, so there is an end to them. */
const promptsMax = 200

type Row = typeof prompts.$inferSelect
export type Prompts = ReturnType<typeof createPrompts>

const noPrompt = () => new AppError('not_found', 'There is no such prompt.')

/**
 * Texts to ask with again: one's own, and those that administrators share. A shared one is there for everybody to use, and for every administrator
 * to change; one that somebody of the organisation shares is there to use. Anything else of somebody else's answers as if it did not exist.
 */
export function createPrompts({ db }: Pick<Database, 'db'>) {
  const isAdmin = ({ role }: Caller) => role === 'admin'
  const changeable = (caller: Caller, id: string) =>
    and(eq(prompts.id, id), or(eq(prompts.userId, caller.userId), isAdmin(caller) ? prompts.shared : undefined))

  /** To change it. @throws not_found; forbidden for a shared one that others keep */
  async function find(caller: Caller, id: string): Promise<Row> {
    const [row] = await db.select().from(prompts).where(changeable(caller, id))
    if (row) return row
    if ((await db.$count(prompts, and(eq(prompts.id, id), prompts.shared))) > 0) {
      throw new AppError('forbidden', 'Only an administrator may change a shared prompt.')
    }
    throw await notTheirs(db, caller.userId, 'prompt', id, noPrompt)
  }

  function requireMayShare(caller: Caller, shared: boolean | undefined): void {
    if (shared && !isAdmin(caller)) throw new AppError('forbidden', 'Only an administrator may share a prompt with everybody.')
  }

  return {
    async list(caller: Caller): Promise<Page<Prompt>> {
      const rows = await db
        .select({ row: prompts, owner: { userId: users.id, name: users.name } })
        .from(prompts)
        .innerJoin(users, eq(users.id, prompts.userId))
        .where(or(seenBy(caller.userId, 'prompt'), prompts.shared))
        .orderBy(asc(sql`lower(${prompts.name})`), asc(prompts.id))
      return { items: rows.map(({ row, owner }) => toPrompt(caller, row, owner)), nextCursor: null }
    },

    /** @throws invalid_request when there are too many, forbidden */
    async create(caller: Caller, { name, text, variables, shared = false }: PromptBody): Promise<Prompt> {
      requireMayShare(caller, shared)
      if ((await db.$count(prompts, eq(prompts.userId, caller.userId))) >= promptsMax) {
        throw new AppError('invalid_request', `You have ${promptsMax} prompts. Delete one first.`)
      }
      const values = { id: newId(), userId: caller.userId, name, text, variables: variablesIn(text, variables), shared }
      const [row] = await db.insert(prompts).values(values).returning()
      return toPrompt(caller, row!)
    },

    /** @throws not_found, forbidden */
    async update(caller: Caller, id: string, change: PromptChange): Promise<Prompt> {
      requireMayShare(caller, change.shared)
      const before = await find(caller, id)
      const { name = before.name, text = before.text, shared = before.shared } = change
      const variables = variablesIn(text, change.variables ?? before.variables)
      const [row] = await db
        .update(prompts)
        .set({ name, text, variables, shared, updatedAt: sql`now()` })
        .where(changeable(caller, id))
        .returning()
      if (!row) throw noPrompt()
      return toPrompt(caller, row)
    },

    /** @throws not_found, forbidden */
    async remove(caller: Caller, id: string): Promise<void> {
      await find(caller, id)
      const removed = await db.delete(prompts).where(changeable(caller, id)).returning({ id: prompts.id })
      if (removed.length > 0) await dropSharesOf(db, 'prompt', id)
    },

    /** For somebody else, who keeps it as theirs; null where there is none any more. */
    async copyFor(ownerId: string, id: string, heir: { id: string }): Promise<string | null> {
      const [row] = await db
        .select()
        .from(prompts)
        .where(and(eq(prompts.id, id), eq(prompts.userId, ownerId)))
      if (!row) return null
      const { name, text, variables } = row
      const copy = { id: newId(), userId: heir.id, name, text, variables }
      await db.insert(prompts).values(copy)
      return copy.id
    },
  }
}

/** Whose it is, is said of what somebody shares in the organisation; what is for everybody is the installation's. */
const toPrompt = (caller: Caller, { id, userId, name, text, variables, shared, createdAt, updatedAt }: Row, owner?: SharedBy): Prompt => ({
  id,
  name,
  text,
  variables,
  shared,
  own: userId === caller.userId,
  sharedBy: owner === undefined || shared || userId === caller.userId ? null : owner,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
})
