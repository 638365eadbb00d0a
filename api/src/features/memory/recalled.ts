import type { RecalledMemory } from '@jarvis/contracts/chat.ts'
import { isKeyTaint } from '#lib/key-taint.ts'
import { type MemoryRow, toMemory } from './rows.ts'
import type { TurnRow } from './turn-rows.ts'

export function toRecalled(row: MemoryRow, score: number): RecalledMemory {
  const { id, text, origin, trusted, createdAt, happened } = toMemory(row)
  return { id, text, score, origin, trusted, createdAt, ...(happened !== null && { happened }) }
}

/** What programs sent is their own to programs, as in one conversation. */
export function toRecalledTurn(row: TurnRow, score: number, isProgram: boolean): RecalledMemory {
  const { id, text, saidAt, conversationId, messageId, speaker, tool, taint } = row
  const trusted = row.trusted || (isProgram && isKeyTaint(taint))
  const turn = { conversationId, messageId, speaker, ...(tool !== null && { tool }), ...(taint !== null && { taint }) }
  return { id, text, score, trusted, createdAt: saidAt.toISOString(), turn, ...(speaker === 'person' && { origin: row.trusted ? 'chat' : 'key' }) }
}
