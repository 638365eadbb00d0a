import { z } from 'zod'
import type { Interrupt } from './approvals.ts'
import { Id } from './text.ts'

/** `offset` is how much of the message's text (UTF-16 units) stood before the call, so that a client can show it in its place. */
export const ToolCall = z
  .object({
    id: z.string(),
    name: z.string(),
    args: z.string(),
    result: z.string().nullable(),
    /** `waiting`: for a person's approval; `denied`: they said no. */
    status: z.enum(['running', 'waiting', 'done', 'failed', 'denied', 'cancelled']),
    offset: z.int().min(0),
    /** How long it ran; null while it runs, and where nobody measured. */
    durationMs: z.int().min(0).nullable().default(null),
    /** Where its newest picture is, for a tool that looks at pages. */
    screenshot: z.string().nullable().default(null),
  })
  .meta({ id: 'ToolCall' })
export type ToolCall = z.infer<typeof ToolCall>

const TextPart = z.object({ type: z.literal('text'), text: z.string() })
/** One that a tool made says of which call it came, and what it shows. */
const ImagePart = z.object({
  type: z.literal('image'),
  fileId: Id,
  mediaType: z.string(),
  alt: z.string().optional(),
  toolCallId: z.string().optional(),
})
export type ImagePart = z.infer<typeof ImagePart>
const FilePart = z.object({ type: z.literal('file'), fileId: Id, name: z.string(), mediaType: z.string() })
const ReasoningPart = z.object({ type: z.literal('reasoning'), text: z.string() })

/** What of a message's parts is on the wire as such; calls and what waits are its `toolCalls` and `interrupts`. */
export const MessagePart = z.discriminatedUnion('type', [TextPart, ImagePart, FilePart, ReasoningPart]).meta({ id: 'MessagePart' })
export type MessagePart = z.infer<typeof MessagePart>

export type ToolCallPart = { type: 'tool_call' } & Omit<ToolCall, 'result' | 'offset'>
/** A message is a list of these, in the order in which they came. A result stands behind its call; what waits for a person at the end. */
export type Part = MessagePart | ToolCallPart | { type: 'tool_result'; toolCallId: string; text: string } | { type: 'approval'; interrupt: Interrupt }

/** What a message is without its parts: what the wire and the released columns have. */
export type Flat = { content: string; toolCalls: ToolCall[]; interrupts: Interrupt[] }

/** The most parts of a message, and of UTF-16 units in one of them; what comes after is left out. */
export const partsMax = 500
export const partCharactersMax = 1_000_000

/** How much text may still come at the end. */
export function roomOf(parts: readonly Part[]): number {
  const last = parts.at(-1)
  if (last?.type === 'text') return partCharactersMax - last.text.length
  return parts.length < partsMax ? partCharactersMax : 0
}

export const textOf = (parts: readonly Part[]): string => parts.map((part) => (part.type === 'text' ? part.text : '')).join('')

export const interruptsOf = (parts: readonly Part[]): Interrupt[] => parts.flatMap((part) => (part.type === 'approval' ? [part.interrupt] : []))

export const messageParts = (parts: readonly Part[]): MessagePart[] =>
  parts.filter((part) => part.type !== 'tool_call' && part.type !== 'tool_result' && part.type !== 'approval')

export function toolCallsOf(parts: readonly Part[]): ToolCall[] {
  const results = new Map(parts.flatMap((part) => (part.type === 'tool_result' ? [[part.toolCallId, part.text] as const] : [])))
  const calls: ToolCall[] = []
  let offset = 0
  for (const part of parts) {
    if (part.type === 'text') offset += part.text.length
    if (part.type !== 'tool_call') continue
    const { type: _, ...call } = part
    calls.push({ ...call, result: results.get(call.id) ?? null, offset })
  }
  return calls
}

export const flatOf = (parts: readonly Part[]): Flat => ({ content: textOf(parts), toolCalls: toolCallsOf(parts), interrupts: interruptsOf(parts) })

/** The parts of a message that has none of its own: its text, cut where its tools were called. */
export function partsOf({ content, toolCalls, interrupts }: Flat): Part[] {
  const parts: Part[] = []
  let from = 0
  const addText = (to: number) => {
    if (to > from) parts.push({ type: 'text', text: content.slice(from, to) })
    from = Math.max(from, to)
  }
  for (const { result, offset, ...call } of toolCalls.toSorted((a, b) => a.offset - b.offset)) {
    addText(Math.min(offset, content.length))
    parts.push({ type: 'tool_call', ...call })
    if (result !== null) parts.push({ type: 'tool_result', toolCallId: call.id, text: result })
  }
  addText(content.length)
  return [...parts, ...interrupts.map((interrupt): Part => ({ type: 'approval', interrupt }))]
}

/** The same message with another text: what was told whole counts, whatever came of it in pieces. */
export function withWholeText(parts: readonly Part[], content: string): Part[] {
  if (textOf(parts) === content) return [...parts]
  return [...messageParts(parts).filter(({ type }) => type !== 'text'), ...partsOf({ ...flatOf(parts), content })]
}

/** More text at the end: of the last part if that is text, else in a part of its own. */
export function withText(parts: readonly Part[], delta: string): Part[] {
  const last = parts.at(-1)
  return last?.type === 'text' ? [...parts.slice(0, -1), { ...last, text: last.text + delta }] : [...parts, { type: 'text', text: delta }]
}

/** More of a thought: it stands apart from the answer's text, where it came. */
export function withReasoning(parts: readonly Part[], delta: string): Part[] {
  const last = parts.at(-1)
  const room = last?.type === 'reasoning' ? partCharactersMax - last.text.length : parts.length < partsMax ? partCharactersMax : 0
  const kept = delta.slice(0, Math.max(0, room))
  if (kept === '') return [...parts]
  if (last?.type === 'reasoning') return [...parts.slice(0, -1), { ...last, text: last.text + kept }]
  return [...parts, { type: 'reasoning', text: kept }]
}

/** The first `length` UTF-16 units of the text, and what stands before their end. */
export function cutParts(parts: readonly Part[], length: number): Part[] {
  const kept: Part[] = []
  let left = length
  for (const part of parts) {
    if (left <= 0) break
    if (part.type !== 'approval') kept.push(part.type === 'text' ? { ...part, text: part.text.slice(0, left) } : part)
    if (part.type === 'text') left -= part.text.length
  }
  return kept
}

/** A call begins; one of the same id that came before was told anew. */
export const withCall = (parts: readonly Part[], id: string, name: string): Part[] => [
  ...parts.filter((part) => !isOfCall(part, id)),
  { type: 'tool_call', id, name, args: '', status: 'running', durationMs: null, screenshot: null },
]

const isOfCall = (part: Part, id: string) => (part.type === 'tool_call' ? part.id : 'toolCallId' in part ? part.toolCallId : undefined) === id

/** A picture that a call made stands behind the call and its result. */
export function withImage(parts: readonly Part[], image: ImagePart): Part[] {
  if (parts.length >= partsMax) return [...parts]
  const rest = parts.filter((part) => part.type !== 'image' || part.fileId !== image.fileId || part.toolCallId !== image.toolCallId)
  const after = image.toolCallId === undefined ? -1 : rest.findLastIndex((part) => isOfCall(part, image.toolCallId!))
  return rest.toSpliced(after === -1 ? rest.length : after + 1, 0, image)
}

export const changeCalls = (parts: readonly Part[], change: (call: ToolCallPart) => ToolCallPart): Part[] =>
  parts.map((part) => (part.type === 'tool_call' ? change(part) : part))

export const withResult = (parts: readonly Part[], toolCallId: string, text: string): Part[] =>
  parts
    .filter((part) => part.type !== 'tool_result' || part.toolCallId !== toolCallId)
    .flatMap((part): Part[] =>
      part.type === 'tool_call' && part.id === toolCallId
        ? [part, { type: 'tool_result', toolCallId, text: text.slice(0, partCharactersMax) }]
        : [part],
    )

/** What is stored of parts beside `Flat`, which holds the bytes: their order, and whatever it has no place for. */
export type StoredPart =
  | Exclude<MessagePart, { type: 'text' }>
  | { type: 'text'; length: number }
  | { type: 'tool_call'; id: string }
  | { type: 'tool_result'; toolCallId: string }
  | { type: 'approval'; interruptId: string }

export function toStored(parts: readonly Part[]): StoredPart[] {
  return parts.map((part): StoredPart => {
    if (part.type === 'text') return { type: 'text', length: part.text.length }
    if (part.type === 'tool_call') return { type: 'tool_call', id: part.id }
    if (part.type === 'tool_result') return { type: 'tool_result', toolCallId: part.toolCallId }
    return part.type === 'approval' ? { type: 'approval', interruptId: part.interrupt.id } : part
  })
}

/**
 * The parts of a stored message. One that has none, or whose text or calls a release without parts wrote anew, has those of its text and
 * calls; what waited and was answered meanwhile has gone.
 */
export function fromStored(stored: readonly StoredPart[] | null, flat: Flat): Part[] {
  const { content, toolCalls, interrupts } = flat
  const length = stored?.reduce((sum, part) => sum + (part.type === 'text' ? part.length : 0), 0)
  const ids = new Set(stored?.flatMap((part) => (part.type === 'tool_call' ? [part.id] : [])))
  const waiting = new Set(stored?.flatMap((part) => (part.type === 'approval' ? [part.interruptId] : [])))
  const isOf =
    length === content.length &&
    ids.size === toolCalls.length &&
    toolCalls.every(({ id }) => ids.has(id)) &&
    interrupts.every(({ id }) => waiting.has(id))
  if (!stored || !isOf) return partsOf(flat)
  const calls = new Map(toolCalls.map((call) => [call.id, call]))
  let from = 0
  const parts = stored.flatMap((part): Part[] => {
    if (part.type === 'text') return [{ type: 'text', text: content.slice(from, (from += part.length)) }]
    if (part.type === 'tool_call') {
      const { result: _, offset: __, ...call } = calls.get(part.id)!
      return [{ type: 'tool_call', ...call }]
    }
    if (part.type === 'tool_result') {
      const text = calls.get(part.toolCallId)?.result
      return typeof text === 'string' ? [{ type: 'tool_result', toolCallId: part.toolCallId, text }] : []
    }
    if (part.type === 'approval') return interrupts.filter(({ id }) => id === part.interruptId).map((interrupt) => ({ type: 'approval', interrupt }))
    return [part]
  })
  const isInPlace = ({ id, offset, result }: ToolCall, index: number) =>
    toolCalls[index]!.id === id && toolCalls[index]!.offset === offset && toolCalls[index]!.result === result
  return toolCallsOf(parts).every(isInPlace) ? parts : partsOf(flat)
}
