import { and, asc, eq, gt, inArray, like, sql, sum } from 'drizzle-orm'
import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import type { Access } from '#lib/principal.ts'
import type { Database } from '#ports/database/index.ts'
import { keptResponses } from '#ports/database/tables.ts'
import type { ModelMessage } from '#ports/models/index.ts'
import type { Frame, Whole } from './chat-answer.ts'
import { responseOf } from './item-ids.ts'
import { type ItemQuery, pageOf } from './item-page.ts'
import { type Asked, Item, messagesOf, type ResponsesBody } from './responses-request.ts'

/** What may be kept for one person at a time. */
export const keptBytesMax = 64 * 1024 * 1024
/** What goes before one question: more than any model reads. */
const threadBytesMax = 16 * 1024 * 1024
const threadMax = 1000

/** What a response goes on from: what was said until then, and the assistant's conversation where it was the assistant. */
export type Before = { messages: ModelMessage[]; conversationId: string | null }

type InputItem = { id: string }
const Items = z.array(Item)

/** Responses that a program wanted kept, for the person whose key it used: for 30 days, or until they are deleted. */
export function createKeptResponses({ db }: Pick<Database, 'db'>) {
  const isOwn = (caller: Pick<Access, 'userId'>, id: string) =>
    and(eq(keptResponses.id, id), eq(keptResponses.userId, caller.userId), like(keptResponses.id, 'resp\\_%'))

  async function own(caller: Access, id: string): Promise<typeof keptResponses.$inferSelect> {
    const row = await db.query.keptResponses.findFirst({ where: isOwn(caller, id) })
    if (!row) throw notFound(id)
    return row
  }

  return {
    /** @throws invalid_request */
    async requireRoom({ userId }: Access): Promise<void> {
      const [kept] = await db
        .select({ bytes: sum(keptResponses.bytes) })
        .from(keptResponses)
        .where(eq(keptResponses.userId, userId))
      if (Number(kept?.bytes ?? 0) < keptBytesMax) return
      const message = `The responses that are kept for you have ${keptBytesMax / 1024 / 1024} MiB: delete some, or leave store out.`
      throw new AppError('invalid_request', message, { errors: [{ path: 'store', message: 'has no room left' }] })
    },

    async keep(
      { userId }: Access,
      { frame, body, answer, whole }: { frame: Frame; body: ResponsesBody; answer: object; whole: Whole },
    ): Promise<void> {
      const { text, calls, attached = null } = whole
      const row = {
        input: JSON.stringify(inputItems(body.input)),
        said: JSON.stringify({ role: 'assistant', text, calls, attached } satisfies ModelMessage),
        answer: JSON.stringify(answer),
      }
      const bytes = Object.values(row).reduce((all, json) => all + Buffer.byteLength(json), 0)
      const { id, conversation: conversationId } = frame
      await db.insert(keptResponses).values({ ...row, id, userId, bytes, conversationId, previousId: body.previous_response_id })
    },

    /** All that was said up to and with this response. @throws invalid_request where some of it is gone, context_too_long */
    async before(caller: Access, id: string): Promise<Before> {
      const { rows } = await db.execute<{ id: string; previous_id: string | null; bytes: number; depth: number }>(sql`
        with recursive thread as (
          select id, previous_id, bytes, 1 as depth from kept_responses where id = ${id} and id like 'resp\\_%' and user_id = ${caller.userId}
          union all
          select k.id, k.previous_id, k.bytes, t.depth + 1 from kept_responses k join thread t on k.id = t.previous_id
          where k.user_id = ${caller.userId} and t.depth < ${threadMax + 1})
        select * from thread order by depth desc`)
      const first = rows[0]
      if (!first) throw noPrevious(id)
      if (rows.length > threadMax || rows.reduce((all, { bytes }) => all + bytes, 0) > threadBytesMax)
        throw new AppError('context_too_long', 'What was said before is too long to go on from: begin anew.')
      if (first.previous_id !== null) throw noPrevious(first.previous_id)
      const messages: ModelMessage[] = []
      for (const row of rows) {
        const { input, said } = await own(caller, row.id)
        messages.push(...messagesOf(Items.parse(JSON.parse(input))), JSON.parse(said) as ModelMessage)
      }
      return { messages, conversationId: (await own(caller, id)).conversationId }
    },

    /**
     * The request's items, with those that it only refers to. An item's id names its response, so nothing is searched for.
     * @throws not_found for one of a response that was not kept
     */
    async withReferred(caller: Access, input: Asked['input']): Promise<ResponsesBody['input']> {
      if (typeof input === 'string') return input
      const referred = [...new Set(input.flatMap((item) => (item.type === 'item_reference' ? [item.id] : [])))]
      if (referred.length === 0) return input as ResponsesBody['input']
      const ids = [...new Set(referred.flatMap((id) => responseOf(id) ?? []))]
      const rows = await db
        .select({ answer: keptResponses.answer })
        .from(keptResponses)
        .where(and(inArray(keptResponses.id, ids), eq(keptResponses.userId, caller.userId)))
      const known = new Map(rows.flatMap(({ answer }) => (JSON.parse(answer) as { output: InputItem[] }).output.map((item) => [item.id, item])))
      return input.map((item) => {
        if (item.type !== 'item_reference') return item
        const found = known.get(item.id)
        if (!found) throw noItem(item.id)
        return Item.parse(found)
      })
    },

    /** As it was given, in JSON. @throws not_found */
    answer: async (caller: Access, id: string): Promise<string> => (await own(caller, id)).answer,

    /** @throws not_found */
    inputItems: async (caller: Access, id: string, query: ItemQuery): Promise<object> =>
      pageOf(JSON.parse((await own(caller, id)).input) as InputItem[], query),

    /** @throws not_found */
    async remove(caller: Access, id: string): Promise<void> {
      const { rowCount } = await db.delete(keptResponses).where(isOwn(caller, id))
      if (rowCount === 0) throw notFound(id)
    },

    /** For a person's export. */
    async *exportAll({ userId }: Pick<Access, 'userId'>): AsyncGenerator<object> {
      for (let last = ''; ;) {
        const row = await db.query.keptResponses.findFirst({
          where: and(eq(keptResponses.userId, userId), gt(keptResponses.id, last)),
          orderBy: asc(keptResponses.id),
        })
        if (!row) return
        last = row.id
        yield { input: JSON.parse(row.input) as unknown, response: JSON.parse(row.answer) as unknown }
      }
    },
  }
}

/** As clients read them back. */
function inputItems(input: ResponsesBody['input']): InputItem[] {
  if (typeof input === 'string') return inputItems([{ role: 'user', content: [{ type: 'input_text', text: input }] }])
  return input.map((item) => {
    const { type = 'message' } = item
    const id = `${type === 'message' ? 'msg' : type === 'reasoning' ? 'rs' : 'fc'}_${newId()}`
    return { type, ...item, ...('content' in item && typeof item.content === 'string' && { content: partsOf(item) }), id, status: 'completed' }
  })
}

const partsOf = ({ role, content }: { role: string; content: unknown }) => [
  { type: role === 'assistant' ? 'output_text' : 'input_text', text: content },
]

const noItem = (id: string) =>
  new AppError('not_found', `There is no item "${id}": its response was not made with \`store: true\`, or is gone. Send the item itself.`, {
    errors: [{ path: 'input', message: 'refers to what is not there' }],
  })

const notFound = (id: string) =>
  new AppError('not_found', `There is no response "${id}".`, { errors: [{ path: 'response_id', message: 'is not there' }] })

const noPrevious = (id: string) =>
  new AppError(
    'invalid_request',
    `There is no response "${id}": it was not made with \`store: true\`, or is gone. Send what was said before as input.`,
    {
      errors: [{ path: 'previous_response_id', message: 'is not there' }],
    },
  )
