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
      const [row] = await db.insert(folders).values({ id: newId(), userId: caller.userId, name, instructions }).returning()
      return toFolder(row!)
    },

    async update(caller: Caller, id: string, { name, instructions }: FolderChange): Promise<Folder> {
      const change = { ...(name !== undefined && { name }), ...(instructions !== undefined && { instructions }) }
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

/** What a person wrote that holds for an answer, of them all first, then of the folder, then of this conversation: the last is the nearest. */
export async function instructionsFor({ db }: Pick<Database, 'db'>, conversationId: string): Promise<string> {
  const [row] = await db
    .select({ person: users.instructions, folder: folders.instructions, conversation: conversations.instructions })
    .from(conversations)
    .innerJoin(users, eq(users.id, conversations.userId))
    .leftJoin(folders, eq(folders.id, conversations.folderId))
    .where(eq(conversations.id, conversationId))
  return [row?.person, row?.folder, row?.conversation].filter(Boolean).join('\n\n')
}
