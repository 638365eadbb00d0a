import { sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'

/** What a program repeats of a conversation: whole, and from its start. */
export type Said = { role: 'user' | 'assistant'; text: string }[]
/** Where it stands: the newest message of it. */
export type Place = { conversationId: string; messageId: string }

/** Conversations of a person that are looked through, the newest first; and how many of their answers that read like the last one. */
const conversationsMax = 500
const alikeMax = 20

/**
 * Finds the conversation that a program goes on with by what was said in it, for programs that send all of it each time. Only one that began
 * with a key, and whose every message reads the same: nothing that is repeated is believed, what is found is what Jarvis kept. `isSame` says
 * whether a kept question is the one that was repeated.
 */
export function createPlaceOf({ db }: Pick<Database, 'db'>) {
  return async (userId: string, said: Said, isSame: (kept: string, repeated: string) => boolean): Promise<Place | null> => {
    const last = said.at(-1)
    if (last?.role !== 'assistant') return null
    const { rows } = await db.execute<Place & { branch: { role: string; content: string }[] }>(sql`
      with recursive alike as (
        select a.id, a.conversation_id, a.position from messages a
        join messages q on q.conversation_id = a.conversation_id and q.id = a.parent_id and q.via_key
        where a.conversation_id in (select id from conversations where user_id = ${userId} order by updated_at desc limit ${conversationsMax})
          and a.role = 'assistant' and a.status = 'complete' and btrim(a.content, ${blanks}) = btrim(${last.text}::text, ${blanks})
        order by a.position desc limit ${alikeMax}),
      branch as (
        select l.id as leaf, m.parent_id, m.conversation_id, m.role, m.content, 1 as depth
        from alike l join messages m on m.conversation_id = l.conversation_id and m.id = l.id
        union all
        select b.leaf, m.parent_id, m.conversation_id, m.role, m.content, b.depth + 1
        from branch b join messages m on m.conversation_id = b.conversation_id and m.id = b.parent_id
        where b.depth <= ${said.length})
      select l.id as "messageId", l.conversation_id as "conversationId",
        (select json_agg(json_build_object('role', b.role, 'content', b.content) order by b.depth desc) from branch b where b.leaf = l.id) as branch
      from alike l order by l.position desc`)
    const reads = (kept: { role: string; content: string }, { role, text }: Said[number]) =>
      kept.role === role && (kept.content.trim() === text.trim() || (role === 'user' && isSame(kept.content, text)))
    const found = rows.find(({ branch }) => branch.length === said.length && said.every((one, at) => reads(branch[at]!, one)))
    return found ? { conversationId: found.conversationId, messageId: found.messageId } : null
  }
}

const blanks = ' \t\r\n'
