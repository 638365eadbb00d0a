import { and, eq, inArray, or, sql } from 'drizzle-orm'
import { idFrom, isId, newId } from '#lib/ids.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { conversations, folders, messages } from '#ports/database/tables.ts'
import type { FoundConversation, FoundKind } from '#ports/documents/index.ts'

type FoundMessage = FoundConversation['messages'][number]

const rowsAtOnce = 500
/** Where the text of an imported conversation comes from: nobody knows who wrote it. */
const importTaint = 'An import'

/**
 * Keeps a conversation of an export as a person's own. Its ids follow from theirs there, so that the same one again adds what is missing and
 * nothing twice. To what answers in it later it is text from outside.
 */
export function createTakeIn({ db }: Pick<Database, 'db'>) {
  return async function takeIn(
    userId: string,
    kind: FoundKind,
    found: FoundConversation,
  ): Promise<{ as: 'added' | 'grown' | 'there'; messages: number }> {
    const own = [idFrom(userId, kind, found.id), ...(kind === 'jarvis' && isId(found.id) ? [found.id] : [])]
    return await db.transaction(async (tx) => {
      const [known] = await tx
        .select({ id: conversations.id })
        .from(conversations)
        .where(and(eq(conversations.userId, userId), inArray(conversations.id, own)))
      // It never left.
      if (known && known.id !== own[0]) return { as: 'there', messages: 0 }
      const id = own[0]!
      const idOf = (message: string) => idFrom(id, message)
      const times = timesOf(found)
      if (!known) {
        const { title, archived, pinned, leaf } = found
        await tx
          .insert(conversations)
          .values({
            id,
            userId,
            title,
            folderId: found.folder === null ? null : await folderOf(tx, userId, found.folder),
            archivedAt: archived ? times.updated : null,
            pinnedAt: pinned ? times.updated : null,
            leafId: leaf !== null && found.messages.some((message) => message.id === leaf) ? idOf(leaf) : null,
            createdAt: times.created,
            updatedAt: times.updated,
          })
          .onConflictDoNothing()
      }
      let added = 0
      const rows = inOrder(found.messages).map((message) => rowOf(message, { id, idOf, at: times.at(message) }))
      for (let from = 0; from < rows.length; from += rowsAtOnce) {
        const kept = await tx
          .insert(messages)
          .values(rows.slice(from, from + rowsAtOnce))
          .onConflictDoNothing()
          .returning({ id: messages.id })
        added += kept.length
      }
      return { as: known ? (added > 0 ? 'grown' : 'there') : 'added', messages: added }
    })
  }

  /** The person's folder of this name. */
  async function folderOf(tx: Transaction, userId: string, name: string): Promise<string> {
    const [known] = await tx
      .select({ id: folders.id })
      .from(folders)
      .where(and(eq(folders.userId, userId), or(eq(folders.name, name), sql`lower(${folders.name}) = lower(${name})`)))
      .limit(1)
    if (known) return known.id
    const id = newId()
    await tx.insert(folders).values({ id, userId, name })
    return id
  }
}

function rowOf({ id, parent, role, text, model, sources }: FoundMessage, on: { id: string; idOf(message: string): string; at: Date }) {
  return {
    id: on.idOf(id),
    conversationId: on.id,
    parentId: parent === null ? null : on.idOf(parent),
    role,
    content: text,
    status: 'complete' as const,
    model: role === 'assistant' ? model : null,
    sources,
    viaKey: role === 'user',
    taint: importTaint,
    createdAt: on.at,
  }
}

/** What has no time has that of what is there; nothing is of the future. */
function timesOf({ createdAt, updatedAt, messages: said }: FoundConversation) {
  const date = (ms: number) => new Date(Math.min(ms, Date.now()))
  const known = said.flatMap((message) => message.createdAt ?? [])
  const created = createdAt ?? known.reduce((one, other) => Math.min(one, other), updatedAt ?? Date.now())
  const updated = updatedAt ?? known.reduce((one, other) => Math.max(one, other), created)
  return { created: date(created), updated: date(updated), at: (message: FoundMessage) => date(message.createdAt ?? created) }
}

/** Each once, parents before their children, and siblings as they were said. What hangs in a circle or on nothing begins anew. */
export function inOrder(said: readonly FoundMessage[]): FoundMessage[] {
  const byId = new Map<string, FoundMessage>()
  for (const message of said) if (!byId.has(message.id)) byId.set(message.id, message)
  const children = Map.groupBy(byId.values(), ({ parent, id }) => (parent !== null && parent !== id && byId.has(parent) ? parent : null))
  const placed = new Map<string, { message: FoundMessage; time: number; depth: number }>()
  const place = (root: FoundMessage) => {
    const waiting = [{ message: { ...root, parent: null } as FoundMessage, time: root.createdAt ?? 0, depth: 0 }]
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (placed.has(next.message.id)) continue
      placed.set(next.message.id, next)
      const { time, depth } = next
      for (const message of children.get(next.message.id) ?? [])
        waiting.push({ message, time: Math.max(time, message.createdAt ?? 0), depth: depth + 1 })
    }
  }
  for (const root of children.get(null) ?? []) place(root)
  for (const message of byId.values()) if (!placed.has(message.id)) place(message)
  const first = new Map([...byId.keys()].map((id, index) => [id, index]))
  return [...placed.values()]
    .toSorted((a, b) => a.time - b.time || a.depth - b.depth || first.get(a.message.id)! - first.get(b.message.id)!)
    .map(({ message }) => message)
}
