import { asc, eq } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { messages } from '#ports/database/tables.ts'

type MessageRow = typeof messages.$inferSelect

export const allMessages = ({ db }: Pick<Database, 'db'>, conversationId: string): Promise<MessageRow[]> =>
  db.select().from(messages).where(eq(messages.conversationId, conversationId)).orderBy(asc(messages.position))

/** The branch that is shown, from its first message on: that of `leafId` down to its newest, or of the newest message. */
export function shownBranch<Row extends Pick<MessageRow, 'id' | 'parentId'>>(rows: readonly Row[], leafId: string | null): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const newestChild = new Map(rows.map((row) => [row.parentId, row]))
  let leaf = (leafId === null ? undefined : byId.get(leafId)) ?? rows.at(-1)
  for (let child = leaf && leafId !== null ? newestChild.get(leaf.id) : undefined; child; child = newestChild.get(child.id)) leaf = child
  const branch: Row[] = []
  for (let row = leaf; row; row = row.parentId === null ? undefined : byId.get(row.parentId)) branch.push(row)
  return branch.toReversed()
}
