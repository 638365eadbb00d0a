import type { RunEvent } from '@jarvis/contracts/run.ts'
import type { ModelSink } from '#ports/models/index.ts'

export type EventQueue = ReturnType<typeof createEventQueue>

/**
 * The bridge from callbacks to one reader: the model's deltas and the tools' events go in, the run's events come out in order.
 * Deltas that arrive before the reader's next turn become one event, so a burst of tokens costs one frame.
 */
export function createEventQueue(messageId: string) {
  let pending: RunEvent[] = []
  let wake: (() => void) | undefined
  let closed = false
  let textOpen = false
  const openCalls = new Set<string>()

  function push(event: RunEvent): void {
    pending.push(event)
    wake?.()
  }

  function endToolCall(toolCallId: string): void {
    if (openCalls.delete(toolCallId)) push({ type: 'TOOL_CALL_END', toolCallId })
  }

  const sink: ModelSink = {
    text(delta) {
      if (delta === '') return
      if (!textOpen) {
        textOpen = true
        push({ type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' })
      }
      const last = pending.at(-1)
      if (last?.type === 'TEXT_MESSAGE_CONTENT') last.delta += delta
      else push({ type: 'TEXT_MESSAGE_CONTENT', messageId, delta })
    },
    toolCallStart(toolCallId, toolCallName) {
      openCalls.add(toolCallId)
      push({ type: 'TOOL_CALL_START', toolCallId, toolCallName, parentMessageId: messageId })
    },
    toolCallArgs(toolCallId, delta) {
      if (delta !== '') push({ type: 'TOOL_CALL_ARGS', toolCallId, delta })
    },
  }

  return {
    sink,
    push,
    endToolCall,
    /** Ends what is still open, so that every start has its end whatever happened. */
    close() {
      for (const id of openCalls) endToolCall(id)
      if (textOpen) push({ type: 'TEXT_MESSAGE_END', messageId })
      closed = true
      wake?.()
    },
    /** Batches of what came since the last turn; by hand, not a generator, for each token passes here. */
    [Symbol.asyncIterator](): AsyncIterator<RunEvent[], undefined> {
      return {
        next: async () => {
          if (pending.length === 0 && !closed) await new Promise<void>((resolve) => (wake = resolve))
          wake = undefined
          if (pending.length === 0) return { done: true, value: undefined }
          const batch = pending
          pending = []
          return { done: false, value: batch }
        },
      }
    },
  }
}
