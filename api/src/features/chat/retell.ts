import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { Message } from '@jarvis/contracts/chat.ts'
import { errorEvent, type RunEvent, toAgui } from '@jarvis/contracts/run.ts'
import type { RunRow } from '#features/runs/index.ts'

/**
 * A finished run told again from its stored message, from RUN_STARTED to its end: it folds to the same answer. `interrupts` is what it had
 * paused for; whether that still waits, the message says.
 */
export function retell(run: Pick<RunRow, 'id' | 'conversationId' | 'status'>, message: Message, interrupts: Interrupt[]): RunEvent[] {
  const { conversationId: threadId, id: runId } = run
  const { id: messageId, content, usage, model, route, memories, sources, citations, files, error, finishReason } = message
  // What cost nothing is told by `cost` alone.
  const used = usage &&
    usage.inputTokens + usage.outputTokens > 0 && [{ model: model ?? '', inputTokens: usage.inputTokens, outputTokens: usage.outputTokens }]
  return [
    { type: 'RUN_STARTED', threadId, runId },
    ...(route ? [{ type: 'CUSTOM', name: 'route', value: route } as const] : []),
    ...(memories.length > 0 ? [{ type: 'CUSTOM', name: 'memory', value: { memories } } as const] : []),
    ...(files ? [{ type: 'CUSTOM', name: 'files', value: { items: files } } as const] : []),
    ...(citations ? [{ type: 'CUSTOM', name: 'citations', value: { items: citations } } as const] : []),
    ...retellBody(message),
    ...(sources.length > 0 ? [{ type: 'CUSTOM', name: 'sources', value: { items: sources } } as const] : []),
    ...(content ? [{ type: 'TEXT_MESSAGE_END', messageId, finishReason } as const] : []),
    ...(usage ? [{ type: 'CUSTOM', name: 'cost', value: { costMicroUsd: usage.costMicroUsd, cached: false } } as const] : []),
    error
      ? { ...errorEvent(error), ...(used && { usage: used }) }
      : { type: 'RUN_FINISHED', threadId, runId, outcome: outcomeOf(run, inPlace(message, interrupts)), ...(used && { usage: used }) },
  ]
}

function outcomeOf({ status }: Pick<RunRow, 'status'>, interrupts: Interrupt[]): Extract<RunEvent, { type: 'RUN_FINISHED' }>['outcome'] {
  if (status === 'interrupted') return { type: 'interrupt', interrupts: interrupts.map(toAgui) }
  return { type: status === 'cancelled' ? 'cancelled' : 'success' }
}

/** As they stand in the answer, like those that were told live; the steps have them as they came to be judged. */
function inPlace({ toolCalls }: Message, interrupts: Interrupt[]): Interrupt[] {
  const placeOf = ({ toolCallId }: Interrupt) => toolCalls.findIndex(({ id }) => id === toolCallId)
  return interrupts.toSorted((a, b) => placeOf(a) - placeOf(b))
}

/** The text, with each tool call in its place. */
function retellBody({ id: messageId, content, toolCalls, parts }: Message): RunEvent[] {
  const events: RunEvent[] = content ? [{ type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' }] : []
  let told = 0
  const tellUpTo = (offset: number) => {
    if (offset > told) events.push({ type: 'TEXT_MESSAGE_CONTENT', messageId, delta: content.slice(told, offset) })
    told = Math.max(told, offset)
  }
  const images = parts.filter((part) => part.type === 'image')
  for (const { id: toolCallId, name, args, result, status, offset, durationMs, screenshot } of toolCalls) {
    tellUpTo(offset)
    events.push(
      { type: 'TOOL_CALL_START', toolCallId, toolCallName: name, parentMessageId: messageId },
      { type: 'TOOL_CALL_ARGS', toolCallId, delta: args },
      { type: 'TOOL_CALL_END', toolCallId },
    )
    if (screenshot) events.push({ type: 'CUSTOM', name: 'screenshot', value: { toolCallId, url: screenshot } })
    for (const { fileId, mediaType, alt = '', toolCallId: of } of images)
      if (of === toolCallId) events.push({ type: 'CUSTOM', name: 'image', value: { toolCallId, fileId, mediaType, alt } })
    if (result === null) continue
    const isFailure = status === 'failed' || status === 'denied'
    const metadata = {
      ...(isFailure && { failed: true }),
      ...(status === 'denied' && { denied: true }),
      ...(typeof durationMs === 'number' && { durationMs }),
    }
    const shown = Object.keys(metadata).length > 0 ? { metadata } : {}
    events.push({ type: 'TOOL_CALL_RESULT', messageId: `${toolCallId}-result`, toolCallId, content: result, role: 'tool', ...shown })
  }
  tellUpTo(content.length)
  return events
}
