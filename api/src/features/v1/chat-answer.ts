import type { Finish, ModelAnswer } from '#ports/models/index.ts'
import type { Used } from '#features/completions/index.ts'

/** What an answer cost; nothing where it was one that was given before. */
export type Receipt = { costMicroUsd: number; cached: boolean; reason: string }
/** What all of one answer's objects say. `conversation` is that of the assistant. */
export type Frame = { id: string; created: number; model: string; conversation?: string | undefined }
/** `attached` goes back to the provider where Jarvis keeps what was said. */
export type Whole = Pick<ModelAnswer, 'text' | 'reasoning' | 'calls' | 'finishReason'> & {
  attached?: ModelAnswer['attached']
  used: Used
  receipt: Receipt
}

const finishes: Record<Finish, string> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content_filter',
  tool_calls: 'tool_calls',
  other: 'stop',
}
const finishOf = ({ finishReason, calls }: Pick<Whole, 'finishReason' | 'calls'>) => (calls.length > 0 ? 'tool_calls' : finishes[finishReason])

export function usageOf({ inputTokens, outputTokens, cachedInputTokens = 0, reasoningTokens = 0 }: Used) {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedInputTokens, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoningTokens, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
  }
}

/** A `chat.completion`. */
export function chatCompletion(frame: Frame, whole: Whole): object {
  const { text, reasoning, calls, used, receipt } = whole
  const message = {
    role: 'assistant',
    content: calls.length > 0 ? text || null : text,
    refusal: null,
    annotations: [],
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls.map(({ id, name, args, malformed }) => toolCall(id, name, malformed ?? JSON.stringify(args))) }),
  }
  return {
    ...frame,
    object: 'chat.completion',
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(whole) }],
    usage: usageOf(used),
    receipt,
  }
}

const toolCall = (id: string, name: string, args: string) => ({ id, type: 'function', function: { name, arguments: args } })

/** The chunks of a stream, one after the other; what the first of them needs comes with it. */
export function createChunks(frame: Frame, includeUsage: boolean) {
  const indexes = new Map<string, number>()
  let isFirst = true

  function chunk(delta: object, finish: string | null = null): string {
    const opened = isFirst ? { role: 'assistant', content: '', ...delta } : delta
    isFirst = false
    return JSON.stringify({
      ...frame,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta: opened, logprobs: null, finish_reason: finish }],
      ...(includeUsage && { usage: null }),
    })
  }

  return {
    text: (delta: string) => chunk({ content: delta }),
    reasoning: (delta: string) => chunk({ reasoning_content: delta }),
    callStart(id: string, name: string) {
      indexes.set(id, indexes.size)
      return chunk({ tool_calls: [{ index: indexes.get(id), ...toolCall(id, name, '') }] })
    },
    callArgs: (id: string, delta: string) => chunk({ tool_calls: [{ index: indexes.get(id), function: { arguments: delta } }] }),
    /** The end, and the usage where it was asked for. */
    *end(whole: Whole): Generator<string> {
      yield chunk({}, finishOf(whole))
      if (includeUsage) {
        yield JSON.stringify({ ...frame, object: 'chat.completion.chunk', choices: [], usage: usageOf(whole.used), receipt: whole.receipt })
      }
      yield '[DONE]'
    },
  }
}
