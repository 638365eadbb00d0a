import type { Folder, FolderBody, FolderChange } from '@jarvis/contracts/folders.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, asc, eq, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, folders, users } from '#ports/database/tables.ts'

/** They are listed whole, so there is an end to them. */
const foldersMax = 200

export const noFolder = () => new AppError('not_found', 'There is no such folder.')

/** A person's folders; another's answer as if they did not exist. */
export function createFolders({ db }: Pick<Database, 'db'>) {
  const owned = (caller: Caller, id: string) => and(eq(folders.id, id), eq(folders.userId, caller.userId))

  return {
    async list(caller: Caller): Promise<Page<Folder>> {
      const rows = await db
        .select()
        .from(folders)
        .where(eq(folders.userId, caller.userId))
        .orderBy(asc(sql`lower(${folders.name})`), asc(folders.id))
      return { items: rows.map(toFolder), nextCursor: null }
    },

    /** @throws invalid_request when there are too many */
    async create(caller: Caller, { name, instructions = '' }: FolderBody): Promise<Folder> {
      const count = await db.$count(folders, eq(folders.userId, caller.userId))
      if (count >= foldersMax) throw new AppError('invalid_request', `You have ${foldersMax} folders. Delete one first.`)
      const [row] = await db
        .insert(folders)
        .values({ id: newId(), userId: caller.userId, name, instructions, instructionsViaKey: instructions !== '' && isOfProgram(caller) })
        .returning()
      return toFolder(row!)
    },

    async update(caller: Caller, id: string, { name, instructions }: FolderChange): Promise<Folder> {
      const change = { ...(name !== undefined && { name }), ...(instructions !== undefined && instructionsBy(caller, instructions, folders)) }
      const [row] =
        Object.keys(change).length === 0
          ? await db.select().from(folders).where(owned(caller, id))
          : await db.update(folders).set(change).where(owned(caller, id)).returning()
      if (!row) throw noFolder()
      return toFolder(row)
    },

    async remove(caller: Caller, id: string): Promise<void> {
      const removed = await db.delete(folders).where(owned(caller, id)).returning({ id: folders.id })
      if (removed.length === 0) throw noFolder()
    },

    /** @throws not_found when it is somebody else's */
    async check(caller: Caller, id: string): Promise<void> {
      if ((await db.$count(folders, owned(caller, id))) === 0) throw noFolder()
    },
  }
}
export type Folders = ReturnType<typeof createFolders>

const toFolder = ({ id, name, instructions, createdAt }: typeof folders.$inferSelect): Folder => ({
  id,
  name,
  instructions,
  createdAt: createdAt.toISOString(),
})

const isOfProgram = ({ apiKey }: Caller) => apiKey !== undefined

/** The same text again does not make a program's what a person wrote; what a person saves is theirs. */
export const instructionsBy = (caller: Caller, instructions: string, of: typeof folders | typeof conversations) => ({
  instructions,
  instructionsViaKey: isOfProgram(caller) ? sql<boolean>`${of.instructionsViaKey} or ${of.instructions} <> ${instructions}` : false,
})

/** `own` is the asker's; `foreign` a program wrote, with an API key of the person who asks. */
export type Instructions = { own: string; foreign: string }

/** What holds for an answer, of them all first, then of the folder, then of this conversation: the last is the nearest. To a program all of it is its own. */
export async function instructionsFor(
  { db }: Pick<Database, 'db'>,
  { conversationId, apiKeyId }: { conversationId: string; apiKeyId: string | null },
): Promise<Instructions> {
  const [row] = await db
    .select({
      person: users.instructions,
      folder: folders.instructions,
      isFolderForeign: folders.instructionsViaKey,
      conversation: conversations.instructions,
      isForeign: conversations.instructionsViaKey,
    })
    .from(conversations)
    .innerJoin(users, eq(users.id, conversations.userId))
    .leftJoin(folders, eq(folders.id, conversations.folderId))
    .where(eq(conversations.id, conversationId))
  if (!row) return { own: '', foreign: '' }
  const all = [
    { text: row.person, isForeign: false },
    { text: row.folder, isForeign: row.isFolderForeign },
    { text: row.conversation, isForeign: row.isForeign },
  ]
  const joined = (isForeign: boolean) =>
    all
      .filter((each) => each.text && ((each.isForeign ?? false) && apiKeyId === null) === isForeign)
      .map(({ text }) => text)
      .join('\n\n')
  return { own: joined(false), foreign: joined(true) }
}
