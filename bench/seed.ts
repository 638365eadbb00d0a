import { randomUUID } from 'node:crypto'
import type { Jarvis } from './jarvis.ts'

const words = {
  user: 'A question about the rivers of Europe and what they carry. ',
  assistant: 'An answer of some length about rivers, their sources and their mouths. ',
}

/** Fills a conversation with questions and answers in turns. @returns the id of the last */
export async function seedMessages({ pool }: Pick<Jarvis, 'pool'>, conversationId: string, length: number): Promise<string> {
  const prefix = randomUUID().slice(0, 24)
  await pool.query(
    `insert into messages (id, conversation_id, parent_id, role, content, status)
     select ($2 || lpad(n::text, 12, '0'))::uuid, $1, case when n > 1 then ($2 || lpad((n - 1)::text, 12, '0'))::uuid end,
       case when n % 2 = 1 then 'user' else 'assistant' end, case when n % 2 = 1 then $3 else repeat($4, 8) end, 'complete'
     from generate_series(1, $5::int) n`,
    [conversationId, prefix, words.user, words.assistant, length],
  )
  return prefix + String(length).padStart(12, '0')
}
