import type { FinishReason } from '@jarvis/contracts/chat.ts'
import type { RunEvent } from '@jarvis/contracts/run.ts'
import type { ModelSink } from '#ports/models/index.ts'
import { createCitationFilter } from './citation-filter.ts'
import type { Citations } from './citations.ts'

export type EventQueue = ReturnType<typeof createEventQueue>

/**
 * The bridge from callbacks to one reader: the model's deltas and the tools' events go in, the run's events come out in order.
 * Deltas that arrive before the reader's next turn become one event, so a burst of tokens costs one frame.
 */
export function createEventQueue(messageId: string, known: Citations['known'] = () => undefined) {
  let pending: RunEvent[] = []
  let wake: (() => void) | undefined
  let closed = false
  let text = ''
  let isThinking = false
  let thoughts = 0
  let finishReason: FinishReason | null = null
  const openCalls = new Map<string, string>()

  function push(event: RunEvent): void {
    pending.push(event)
    wake?.()
  }

  function endToolCall(toolCallId: string): void {
    const args = openCalls.get(toolCallId)
    if (args === undefined) return
    openCalls.delete(toolCallId)
    push({ type: 'TOOL_CALL_END', toolCallId, args })
  }

  /** Each thought is a message of its own, which ends when something else comes. */
  const thoughtId = () => `${messageId}-thought-${thoughts}`

  function endThought(): void {
    if (!isThinking) return
    isThinking = false
    push({ type: 'REASONING_MESSAGE_END', messageId: thoughtId() })
    push({ type: 'REASONING_END', messageId: thoughtId() })
  }

  const citations = createCitationFilter({
    known,
    onCited: (citation) => push({ type: 'CUSTOM', name: 'citations', value: { items: [citation] } }),
  })

  function say(delta: string): void {
    if (delta === '') return
    if (isThinking) endThought()
    if (text === '') push({ type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' })
    text += delta
    const last = pending.at(-1)
    if (last?.type === 'TEXT_MESSAGE_CONTENT') last.delta += delta
    else push({ type: 'TEXT_MESSAGE_CONTENT', messageId, delta })
  }

  const sink: ModelSink = {
    text: (delta) => say(citations.feed(delta)),
    reasoning(delta) {
      if (delta === '') return
      if (!isThinking) {
        isThinking = true
        thoughts++
        push({ type: 'REASONING_START', messageId: thoughtId() })
        push({ type: 'REASONING_MESSAGE_START', messageId: thoughtId(), role: 'reasoning' })
      }
      const last = pending.at(-1)
      if (last?.type === 'REASONING_MESSAGE_CONTENT') last.delta += delta
      else push({ type: 'REASONING_MESSAGE_CONTENT', messageId: thoughtId(), delta })
    },
    toolCallStart(toolCallId, toolCallName) {
      say(citations.flush())
      endThought()
      openCalls.set(toolCallId, '')
      push({ type: 'TOOL_CALL_START', toolCallId, toolCallName, parentMessageId: messageId })
    },
    toolCallArgs(toolCallId, delta) {
      if (delta === '') return
      openCalls.set(toolCallId, (openCalls.get(toolCallId) ?? '') + delta)
      const last = pending.at(-1)
      if (last?.type === 'TOOL_CALL_ARGS' && last.toolCallId === toolCallId) last.delta += delta
      else push({ type: 'TOOL_CALL_ARGS', toolCallId, delta })
    },
  }

  return {
    sink,
    push,
    endToolCall,
    /** Why the newest model call ended. */
    finished: (reason: FinishReason | null) => void (finishReason = reason),
    /** Ends what is still open, so that every start has its end whatever happened. */
    close() {
      say(citations.flush())
      endThought()
      for (const id of openCalls.keys()) endToolCall(id)
      if (text !== '') push({ type: 'TEXT_MESSAGE_END', messageId, content: text, finishReason })
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
