import { variablesIn } from '@jarvis/contracts/prompt-text.ts'
import type { Prompt, PromptBody, PromptChange } from '@jarvis/contracts/prompts.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, asc, eq, or, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { prompts } from '#ports/database/tables.ts'

/** They are listed whole, so there is an end to them. */
const promptsMax = 200

type Row = typeof prompts.$inferSelect
export type Prompts = ReturnType<typeof createPrompts>

const noPrompt = () => new AppError('not_found', 'There is no such prompt.')

/**
 * Texts to ask with again: one's own, and those that administrators share. A shared one is there for everybody to use, and for every administrator
 * to change; anything else of somebody else's answers as if it did not exist.
 */
export function createPrompts({ db }: Pick<Database, 'db'>) {
  const isAdmin = ({ role }: Caller) => role === 'admin'
  const changeable = (caller: Caller, id: string) =>
    and(eq(prompts.id, id), or(eq(prompts.userId, caller.userId), isAdmin(caller) ? prompts.shared : undefined))

  /** @throws not_found; forbidden for a shared one that others keep */
  async function find(caller: Caller, id: string): Promise<Row> {
    const [row] = await db.select().from(prompts).where(changeable(caller, id))
    if (row) return row
    if ((await db.$count(prompts, and(eq(prompts.id, id), prompts.shared))) > 0) {
      throw new AppError('forbidden', 'Only an administrator may change a shared prompt.')
    }
    throw noPrompt()
  }

  function requireMayShare(caller: Caller, shared: boolean | undefined): void {
    if (shared && !isAdmin(caller)) throw new AppError('forbidden', 'Only an administrator may share a prompt with everybody.')
  }

  return {
    async list(caller: Caller): Promise<Page<Prompt>> {
      const rows = await db
        .select()
        .from(prompts)
        .where(or(eq(prompts.userId, caller.userId), prompts.shared))
        .orderBy(asc(sql`lower(${prompts.name})`), asc(prompts.id))
      return { items: rows.map((row) => toPrompt(caller, row)), nextCursor: null }
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
      await db.delete(prompts).where(changeable(caller, id))
    },
  }
}

const toPrompt = (caller: Caller, { id, userId, name, text, variables, shared, createdAt, updatedAt }: Row): Prompt => ({
  id,
  name,
  text,
  variables,
  shared,
  own: userId === caller.userId,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
})
