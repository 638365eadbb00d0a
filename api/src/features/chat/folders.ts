import type { Folder, FolderBody, FolderChange } from '@jarvis/contracts/folders.ts'
import type { SharedBy } from '@jarvis/contracts/sharing.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, asc, eq, sql } from 'drizzle-orm'
import { dropSharesOf, notTheirs, seenBy } from '#features/sharing/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, folders, users } from '#ports/database/tables.ts'

/** They are listed whole, so there is an end to them. */
const foldersMax = 200

export const noFolder = () => new AppError('not_found', 'There is no such folder.')

/**
 * A person's folders, and those of others that they may read; any other answers as if it did not exist. Of another's folder one has its
 * instructions, for conversations of one's own: what somebody else says in it stays theirs.
 */
export function createFolders({ db }: Pick<Database, 'db'>) {
  const owned = (caller: Caller, id: string) => and(eq(folders.id, id), eq(folders.userId, caller.userId))

  return {
    async list(caller: Caller): Promise<Page<Folder>> {
      const rows = await db
        .select({ row: folders, owner: { userId: users.id, name: users.name } })
        .from(folders)
        .innerJoin(users, eq(users.id, folders.userId))
        .where(seenBy(caller.userId, 'folder'))
        .orderBy(asc(sql`lower(${folders.name})`), asc(folders.id))
      return { items: rows.map(({ row, owner }) => toFolder(row, owner.userId === caller.userId ? null : owner)), nextCursor: null }
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

    /** @throws not_found, forbidden for who only reads it */
    async update(caller: Caller, id: string, { name, instructions }: FolderChange): Promise<Folder> {
      const change = { ...(name !== undefined && { name }), ...(instructions !== undefined && instructionsBy(caller, instructions, folders)) }
      const [row] =
        Object.keys(change).length === 0
          ? await db.select().from(folders).where(owned(caller, id))
          : await db.update(folders).set(change).where(owned(caller, id)).returning()
      if (!row) throw await notTheirs(db, caller.userId, 'folder', id, noFolder)
      return toFolder(row)
    },

    /** @throws not_found, forbidden for who only reads it */
    async remove(caller: Caller, id: string): Promise<void> {
      const removed = await db.delete(folders).where(owned(caller, id)).returning({ id: folders.id })
      if (removed.length === 0) throw await notTheirs(db, caller.userId, 'folder', id, noFolder)
      await dropSharesOf(db, 'folder', id)
    },

    /** For somebody else, who keeps it as theirs; null where there is none any more. */
    async copyFor(ownerId: string, id: string, heir: { id: string }): Promise<string | null> {
      const [row] = await db
        .select()
        .from(folders)
        .where(and(eq(folders.id, id), eq(folders.userId, ownerId)))
      if (!row) return null
      // What another wrote is no more the heir's own than what a program did.
      const copy = { id: newId(), userId: heir.id, name: row.name, instructions: row.instructions, instructionsViaKey: row.instructions !== '' }
      await db.insert(folders).values(copy)
      return copy.id
    },

    /** @throws not_found when it is somebody else's, who does not share it */
    async check(caller: Caller, id: string): Promise<void> {
      if ((await db.$count(folders, and(eq(folders.id, id), seenBy(caller.userId, 'folder')))) === 0) throw noFolder()
    },
  }
}
export type Folders = ReturnType<typeof createFolders>

const toFolder = ({ id, name, instructions, createdAt }: typeof folders.$inferSelect, sharedBy: SharedBy | null = null): Folder => ({
  id,
  name,
  instructions,
  createdAt: createdAt.toISOString(),
  sharedBy,
})

const isOfProgram = ({ apiKey }: Caller) => apiKey !== undefined

/** The same text again does not make a program's what a person wrote; what a person saves is theirs. */
export const instructionsBy = (caller: Caller, instructions: string, of: typeof folders | typeof conversations) => ({
  instructions,
  instructionsViaKey: isOfProgram(caller) ? sql<boolean>`${of.instructionsViaKey} or ${of.instructions} <> ${instructions}` : false,
})

/** `own` is the asker's; `foreign` a program wrote, with an API key of the person who asks; `shared` is of another person, who shares the folder. */
export type Instructions = { own: string; foreign: string; shared: string }

/**
 * What holds for an answer, of them all first, then of the folder, then of this conversation: the last is the nearest. To a program all of it is
 * its own but what another person wrote. A folder that is shared no longer has nothing to say.
 */
export async function instructionsFor(
  { db }: Pick<Database, 'db'>,
  { conversationId, apiKeyId }: { conversationId: string; apiKeyId: string | null },
): Promise<Instructions> {
  const [row] = await db
    .select({
      userId: conversations.userId,
      person: users.instructions,
      folder: folders.instructions,
      isFolderForeign: folders.instructionsViaKey,
      folderOwner: folders.userId,
      conversation: conversations.instructions,
      isForeign: conversations.instructionsViaKey,
    })
    .from(conversations)
    .innerJoin(users, eq(users.id, conversations.userId))
    .leftJoin(folders, and(eq(folders.id, conversations.folderId), seenBy(conversations.userId, 'folder')))
    .where(eq(conversations.id, conversationId))
  if (!row) return { own: '', foreign: '', shared: '' }
  const isAnothers = row.folderOwner !== null && row.folderOwner !== row.userId
  const viaKey = (wrote: boolean | null): keyof Instructions => (wrote && apiKeyId === null ? 'foreign' : 'own')
  const all: { text: string | null; of: keyof Instructions }[] = [
    { text: row.person, of: 'own' },
    { text: row.folder, of: isAnothers ? 'shared' : viaKey(row.isFolderForeign) },
    { text: row.conversation, of: viaKey(row.isForeign) },
  ]
  const joined = (of: keyof Instructions) =>
    all
      .filter((each) => each.text && each.of === of)
      .map(({ text }) => text)
      .join('\n\n')
  return { own: joined('own'), foreign: joined('foreign'), shared: joined('shared') }
}
