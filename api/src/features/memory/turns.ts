import type { TurnSpeaker } from '@jarvis/contracts/chat.ts'
import type { ToolCall } from '@jarvis/contracts/parts.ts'
import { keyTaint } from '#lib/key-taint.ts'
import { pieceEnd } from '#lib/piece-end.ts'
import { maskSecrets } from '#lib/secrets.ts'
import { forgetsIn } from './facts.ts'

/** A piece of a message. `place` is its number there. */
export type Piece = { place: number; speaker: TurnSpeaker; tool: string | null; text: string; trusted: boolean; taint: string | null }
export type Question = { content: string; viaKey: boolean }
export type Answer = { content: string; toolCalls: readonly ToolCall[]; taint: string | null }

const charactersMax = 600
const piecesMax = 20
const toolsMax = 10
const piecesOfToolMax = 4

/** What is kept of a question: in pieces, without secrets; nothing where it asks to forget, for it says what is to be forgotten. */
export function piecesOfQuestion({ content, viaKey }: Question): Piece[] {
  if (asksToForget(content)) return []
  return piecesOf(content, piecesMax).map((text, place) => ({
    place,
    speaker: 'person',
    tool: null,
    text,
    trusted: !viaKey,
    taint: viaKey ? keyTaint : null,
  }))
}

/** What is kept of its answer, and of what tools returned for it: it is as good as all that it was made from. */
export function piecesOfAnswer({ content, toolCalls, taint }: Answer, question: Question): Piece[] {
  if (asksToForget(question.content)) return []
  const from = taint ?? (question.viaKey ? keyTaint : null)
  const returned = toolCalls.filter(({ status, result }) => status === 'done' && result !== null).slice(0, toolsMax)
  return [
    ...returned.flatMap(({ name, result }) => piecesOf(result!, piecesOfToolMax).map((text) => ({ speaker: 'tool' as const, tool: name, text }))),
    ...piecesOf(content, piecesMax).map((text) => ({ speaker: 'assistant' as const, tool: null, text })),
  ].map((piece, place) => ({ ...piece, place, trusted: from === null, taint: from }))
}

const asksToForget = (content: string) => forgetsIn(content).length > 0

function piecesOf(text: string, max: number): string[] {
  // Masked before it is cut: half a secret is not known for one.
  const masked = maskSecrets(text.slice(0, charactersMax * (max + 1)))
  const pieces: string[] = []
  for (let from = 0; from < masked.length && pieces.length < max;) {
    const to = pieceEnd(masked, from, charactersMax)
    const piece = masked.slice(from, to).trim()
    if (/[\p{L}\p{N}]/u.test(piece)) pieces.push(piece)
    from = to
  }
  return pieces
}
