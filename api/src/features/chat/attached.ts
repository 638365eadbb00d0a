import type { SendBody } from '@jarvis/contracts/chat.ts'
import { isImage } from '@jarvis/contracts/files.ts'
import { type MessagePart, type Part, type StoredPart, toStored } from '@jarvis/contracts/parts.ts'
import { sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'

type Sent = Pick<SendBody, 'content' | 'files'> & { brought?: string[] | undefined }
type Attachment = { id: string; name: string; mediaType: string }
/** Those of these files that are the owner's. */
export type FilesOf = (ownerId: string, ids: readonly string[]) => Promise<Attachment[]>
type AttachedPart = Extract<MessagePart, { type: 'image' | 'file' }>

const isAttached = <P extends Part | StoredPart>(part: P): part is P & AttachedPart =>
  part.type === 'file' || (part.type === 'image' && part.toolCallId === undefined)
/** How far back files are looked for, and how many of them a model is given. */
const messagesMax = 200
const filesMax = 20

/** @throws invalid_request for a message that says nothing and brings nothing */
export function requireContent({ content, files = [], brought = [] }: Sent): void {
  if (content.trim() === '' && files.length + brought.length === 0)
    throw new AppError('invalid_request', 'content: must not be blank', { errors: [{ path: 'content', message: 'must not be blank' }] })
}

/**
 * What a message with files is stored as beside its text; null for one without.
 * @throws invalid_request for a file that is not there for the caller, forbidden for a key that is not for files
 */
export async function attach(filesOf: FilesOf, caller: Caller, { content, files = [], brought = [] }: Sent): Promise<StoredPart[] | null> {
  if (files.length + brought.length === 0) return null
  if (files.length > 0 && caller.apiKey?.scopes && !caller.apiKey.scopes.includes('files'))
    throw new AppError('forbidden', 'This API key is not for files: it needs the scope files.')
  const ids = [...new Set([...files, ...brought])]
  const found = new Map((await filesOf(caller.userId, ids)).map((file) => [file.id, file]))
  const parts = ids.map((id): AttachedPart => {
    const file = found.get(id)
    if (!file)
      throw new AppError('invalid_request', 'A file is not there any more.', { errors: [{ path: 'files', message: `there is no file ${id}` }] })
    const { name, mediaType } = file
    return isImage(mediaType) ? { type: 'image', fileId: id, mediaType } : { type: 'file', fileId: id, name, mediaType }
  })
  return toStored([...(content === '' ? [] : [{ type: 'text' as const, text: content }]), ...parts])
}

/**
 * The files of the branch that leads to a message, its own first, then the newest; and whether one of them is a picture. What an answer made is none of
 * them: its words are in the conversation, and as text from outside it would taint what comes after.
 */
export async function attachedIn(
  { db }: Pick<Database, 'db'>,
  conversationId: string,
  messageId: string,
  own: readonly Part[],
): Promise<{ fileIds: string[]; hasPictures: boolean }> {
  const { rows } = await db.execute<{ parts: StoredPart[] }>(sql`
    with recursive branch as (
      select m.parent_id, m.parts, 0 as depth from messages m where m.conversation_id = ${conversationId} and m.id = ${messageId}
      union all
      select m.parent_id, m.parts, b.depth + 1 from messages m join branch b on m.id = b.parent_id and m.conversation_id = ${conversationId}
      where b.depth < ${messagesMax})
    select parts from branch where depth > 0 and parts @? '$[*] ? (@.type == "file" || @.type == "image")' order by depth`)
  const earlier = rows.flatMap(({ parts }) => parts.filter(isAttached))
  const all = [...own.filter(isAttached), ...earlier]
  return { fileIds: [...new Set(all.map(({ fileId }) => fileId))].slice(0, filesMax), hasPictures: all.some(({ type }) => type === 'image') }
}
