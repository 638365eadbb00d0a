import { and, asc, desc, eq, gt, like, lt } from 'drizzle-orm'
import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import type { Access } from '#lib/principal.ts'
import type { Database } from '#ports/database/index.ts'
import { keptResponses } from '#ports/database/tables.ts'
import type { ChatBody } from './chat-request.ts'
import type { Frame } from './chat-answer.ts'
import { type ItemQuery, listOf, OldestFirst, pageOf } from './item-page.ts'

export const completionPrefix = 'chatcmpl-'
export const CompletionsQuery = OldestFirst.extend({ model: z.string().max(200).optional() })
export const Metadata = z.record(z.string().max(64), z.string().max(512)).refine((all) => Object.keys(all).length <= 16, 'has more than 16 keys')
type Metadata = z.infer<typeof Metadata>
type Completion = { id: string; model: string; metadata: Metadata | null }

/** How many are read at once where they are looked through. */
const batch = 50

/** Chat completions that a program wanted kept, beside its responses: as long, and for the same person. */
export function createKeptCompletions({ db }: Pick<Database, 'db'>) {
  const ownedBy = ({ userId }: Pick<Access, 'userId'>) => and(eq(keptResponses.userId, userId), like(keptResponses.id, `${completionPrefix}%`))
  const isOwn = (caller: Pick<Access, 'userId'>, id: string) => and(ownedBy(caller), eq(keptResponses.id, id))

  async function own(caller: Access, id: string): Promise<typeof keptResponses.$inferSelect> {
    const row = await db.query.keptResponses.findFirst({ where: isOwn(caller, id) })
    if (!row) throw notFound(id)
    return row
  }

  /** Their ids sort by when they were made. */
  async function* ordered(caller: Access, { order, after }: Pick<ItemQuery, 'order' | 'after'>): AsyncGenerator<Completion> {
    for (let last = after; ;) {
      const beyond = last === undefined ? undefined : (order === 'asc' ? gt : lt)(keptResponses.id, last)
      const rows = await db
        .select({ id: keptResponses.id, answer: keptResponses.answer })
        .from(keptResponses)
        .where(and(ownedBy(caller), beyond))
        .orderBy((order === 'asc' ? asc : desc)(keptResponses.id))
        .limit(batch)
      for (const { answer } of rows) yield JSON.parse(answer) as Completion
      if (rows.length < batch) return
      last = rows.at(-1)!.id
    }
  }

  return {
    async keep({ userId }: Access, { frame, body, answer }: { frame: Frame; body: ChatBody; answer: object }): Promise<void> {
      const { id, conversation: conversationId } = frame
      const kept = { ...answer, ...asked(body), metadata: body.metadata ?? {} }
      const row = { input: JSON.stringify(messagesOf(id, body)), said: '', answer: JSON.stringify(kept) }
      const bytes = Buffer.byteLength(row.input) + Buffer.byteLength(row.answer)
      await db.insert(keptResponses).values({ ...row, id, userId, bytes, conversationId })
    },

    /** Of these `metadata`, where any is named. */
    async list(caller: Access, { limit, model, ...query }: z.infer<typeof CompletionsQuery>, metadata: ReadonlyMap<string, string>): Promise<object> {
      const found: Completion[] = []
      for await (const completion of ordered(caller, query)) {
        if (model !== undefined && completion.model !== model) continue
        if ([...metadata].some(([key, value]) => completion.metadata?.[key] !== value)) continue
        if (found.length === limit) return listOf(found, true)
        found.push(completion)
      }
      return listOf(found, false)
    },

    /** As it was given, in JSON. @throws not_found */
    answer: async (caller: Access, id: string): Promise<string> => (await own(caller, id)).answer,

    /** @throws not_found */
    messages: async (caller: Access, id: string, query: ItemQuery): Promise<object> =>
      pageOf(JSON.parse((await own(caller, id)).input) as { id: string }[], query),

    /** @throws not_found */
    async describe(caller: Access, id: string, metadata: Metadata | null): Promise<string> {
      return await db.transaction(async (tx) => {
        const [row] = await tx.select().from(keptResponses).where(isOwn(caller, id)).for('update')
        if (!row) throw notFound(id)
        const answer = JSON.stringify({ ...(JSON.parse(row.answer) as Completion), metadata: metadata ?? {} })
        const bytes = Buffer.byteLength(row.input) + Buffer.byteLength(answer)
        await tx.update(keptResponses).set({ answer, bytes }).where(isOwn(caller, id))
        return answer
      })
    },

    /** @throws not_found */
    async remove(caller: Access, id: string): Promise<void> {
      const { rowCount } = await db.delete(keptResponses).where(isOwn(caller, id))
      if (rowCount === 0) throw notFound(id)
    },
  }
}

/** What of the request a client reads back. */
const asked = ({ temperature, top_p, seed, tools, tool_choice, response_format }: ChatBody) =>
  Object.fromEntries(Object.entries({ temperature, top_p, seed, tools, tool_choice, response_format }).filter(([, value]) => value != null))

const messagesOf = (id: string, { messages }: ChatBody) =>
  messages.map((message, at) => {
    const { content = null } = message
    const parts = Array.isArray(content) ? content : null
    const text = parts ? parts.flatMap((part) => ('text' in part ? [part.text] : [])).join('\n') : content
    return { id: `${id}-${at}`, ...message, content: text, ...(parts && { content_parts: parts }) }
  })

const notFound = (id: string) =>
  new AppError('not_found', `There is no chat completion "${id}": only one that was made with \`store: true\` is kept.`, {
    errors: [{ path: 'completion_id', message: 'is not there' }],
  })
